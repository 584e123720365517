"""Code cards in French."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "title.security-code-card": "Carte de codes de sécurité",
    "title.online-security-code-card": "Carte de codes de sécurité en ligne",
    "serial": "Carte",
    "user": "Utilisateur",
    "expires": "Valable jusqu'au",
    "use.title": "Se connecter avec la carte",
    "use": "La page de connexion montre deux numéros. Cherchez-les sur cette carte et tapez les deux codes à la suite, "
    "sans espace, dans l'ordre demandé. Si 100 correspond à A3D et 50 à Z3V, la réponse à 100 et 50 est A3DZ3V. Les "
    "minuscules valent les majuscules.",
    "keep.title": "Gardez-la pour vous",
    "keep": "Gardez cette carte loin de votre mot de passe. Ne la copiez pas, ne la photographiez pas. On ne demande "
    "jamais plus de deux codes, et seule la page de connexion les demande: ni téléphone, ni courrier, ni message.",
    "lost.title": "En cas de perte",
    "lost": "Appelez le service aussitôt: il bloque la carte. Appelez aussi si quelqu'un a pu la voir ou la copier.",
    "end": "Une carte qui n'est plus valable se découpe; il n'est pas nécessaire de la renvoyer.",
}

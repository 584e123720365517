"""Letters in French."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "serial": "Jeton",
    "date": "Date",
    "subject": "Le premier PIN de votre jeton de sécurité",
    "intro": "Cette lettre contient le PIN du jeton {serial}. Il se trouve sous le volet au bas de cette feuille et "
    "sert à une seule connexion; ensuite vous choisissez un PIN connu de vous seul. La marche à suivre est au verso.",
    "before.title": "Avant d'ouvrir le volet",
    "before.whole": "Regardez-le. S'il a été ouvert ou déchiré, ou si le PIN se lit de l'extérieur, n'utilisez pas le "
    "jeton et appelez le service.",
    "before.serial": "Comparez: le numéro inscrit sur le jeton doit être {serial}.",
    "before.time": "Prévoyez dix minutes, le jeton à portée de main. La connexion est nécessaire pour changer le PIN.",
    "alone.title": "Votre PIN n'appartient qu'à vous",
    "alone.nobody": "Personne ne vous le demande, pas même le service: ni au téléphone, ni par courrier, ni dans un "
    "message. Qui le demande est un escroc.",
    "alone.token": "Tapez-le sur le jeton seulement, jamais sur un ordinateur ou un téléphone.",
    "alone.destroy": "Détruisez cette lettre dès que votre propre PIN est en place. D'ici là, gardez-la loin du jeton.",
    "pin": "PIN du jeton {serial}",
    "flap": "Votre PIN est sous ce volet.",
    "flap.whole": "Ne l'ouvrez que s'il est intact et collé.",
    "steps.title": "La première connexion, pas à pas",
    "steps.examples": "Les images sont des exemples: votre PIN peut avoir plus de chiffres, et votre connexion un "
    "autre nom.",
    "step.letter-pin.soft": "Appuyez sur une touche: le jeton s'éveille. Tapez le PIN de cette lettre, puis #. Quand "
    "il demande le même PIN une deuxième fois, retapez-le, puis #.",
    "step.letter-pin.verified": "Appuyez sur une touche: le jeton s'éveille. Tapez le PIN de cette lettre, puis #.",
    "step.challenge": "Tapez le nombre que montre la page de connexion, puis #.",
    "step.response": "Tapez la réponse du jeton dans la page et restez connecté. Il n'y a que celle-ci.",
    "step.demand": "Réveillez le jeton. Il exige d'abord un nouveau PIN. Appuyez sur #.",
    "step.new-pin": "Comme ancien PIN, tapez celui de cette lettre, puis #. Tapez ensuite deux fois un nouveau PIN à "
    "vous, chaque fois avec #. Ni date de naissance, ni suite de chiffres: mieux vaut des dés.",
    "step.number": "Donnez au service le numéro affiché: tapez-le dans la page où vous êtes connecté. Appuyez sur #, "
    "tapez la réponse de huit chiffres, puis #.",
    "step.done": "C'est maintenant seulement que votre propre PIN compte. Détruisez cette lettre.",
    "trouble.title": "En cas de problème",
    "trouble.digit": "Un chiffre est faux: * l'efface. En tenant * une seconde, vous recommencez.",
    "trouble.refused": "La page refuse la réponse: un chiffre était faux quelque part, et le jeton ne donne pas de "
    "deuxième réponse. Appelez le service.",
    "trouble.broken-off": "Le changement s'est interrompu, ou l'écran s'est éteint: réveillez le jeton, il le demande "
    "de nouveau. Jusqu'à la dernière image, le PIN de cette lettre reste valable.",
    "trouble.locked.soft": "Vous êtes bloqué ou avez oublié le PIN: ne devinez pas, sinon le service bloque la "
    "connexion. Appelez-le. Personne ne peut vous dire votre PIN; le jeton sera refait.",
    "trouble.locked.verified": "Le jeton est bloqué: donnez au service le numéro de série et le numéro affiché. Quand "
    "il est sûr que c'est vous, il vous donne un code de 16 chiffres, et vous choisissez un nouveau PIN.",
    "contact": "Service: {contact}",
    "contact.none": "Appelez le service à un numéro que vous ne tenez pas d'un message.",
    "sample": "SPÉCIMEN",
}

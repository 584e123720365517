"""Letters in German."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "serial": "Token",
    "date": "Datum",
    "subject": "Die erste PIN Ihres Sicherheits-Tokens",
    "intro": "Dieser Brief bringt die PIN des Tokens {serial}. Sie steht unter der Klappe am Fuß dieses Blattes und "
    "gilt für eine Anmeldung; danach wählen Sie eine PIN, die nur Sie kennen. Wie das geht, steht auf der Rückseite.",
    "before.title": "Bevor Sie die Klappe öffnen",
    "before.whole": "Sehen Sie sie an. Wurde sie geöffnet, ist sie eingerissen oder die PIN von außen zu lesen, dann "
    "benutzen Sie das Token nicht und rufen Sie den Dienst an.",
    "before.serial": "Vergleichen Sie: Auf dem Token muss die Nummer {serial} stehen.",
    "before.time": "Halten Sie das Token und zehn Minuten bereit. Zum Ändern der PIN brauchen Sie die Anmeldung.",
    "alone.title": "Ihre PIN gehört nur Ihnen",
    "alone.nobody": "Niemand fragt danach, auch der Dienst nicht: nicht am Telefon, nicht per Post, in keiner "
    "Nachricht. Wer fragt, ist ein Betrüger.",
    "alone.token": "Tippen Sie sie nur in das Token, nie in einen Computer oder ein Telefon.",
    "alone.destroy": "Vernichten Sie diesen Brief, sobald Ihre eigene PIN gilt. Bis dahin bewahren Sie ihn getrennt "
    "vom Token auf.",
    "pin": "PIN des Tokens {serial}",
    "flap": "Unter dieser Klappe steht Ihre PIN.",
    "flap.whole": "Öffnen Sie sie nur, wenn sie heil und zugeklebt ist.",
    "steps.title": "Die erste Anmeldung, Schritt für Schritt",
    "steps.examples": "Die Bilder sind Beispiele: Ihre PIN kann mehr Ziffern haben und Ihre Anmeldung anders heißen.",
    "step.letter-pin.soft": "Wecken Sie das Token mit einer beliebigen Taste. Tippen Sie die PIN aus diesem Brief und "
    "#. Fragt es noch einmal nach derselben PIN, tippen Sie sie ein zweites Mal und #.",
    "step.letter-pin.verified": "Wecken Sie das Token mit einer beliebigen Taste. Tippen Sie die PIN aus diesem Brief "
    "und #.",
    "step.challenge": "Tippen Sie die Zahl, die die Anmeldeseite zeigt, und #.",
    "step.response": "Tippen Sie die Antwort des Tokens in die Anmeldeseite, und bleiben Sie angemeldet. Es gibt nur "
    "diese eine.",
    "step.demand": "Wecken Sie das Token wieder. Es verlangt zuerst eine neue PIN. Drücken Sie #.",
    "step.new-pin": "Tippen Sie als alte PIN die aus diesem Brief und #. Dann zweimal eine neue, eigene PIN, jeweils "
    "mit #. Kein Geburtstag, keine Ziffernreihe: besser würfeln.",
    "step.number": "Nennen Sie dem Dienst die Nummer im Display: Tippen Sie sie in die Seite, auf der Sie angemeldet "
    "sind. Drücken Sie #, tippen Sie die achtstellige Antwort und #.",
    "step.done": "Erst jetzt gilt Ihre eigene PIN. Vernichten Sie diesen Brief.",
    "trouble.title": "Wenn etwas schiefgeht",
    "trouble.digit": "Eine Ziffer ist falsch: * nimmt sie zurück. Halten Sie * eine Sekunde, beginnen Sie von vorn.",
    "trouble.refused": "Die Seite lehnt die Antwort ab: Irgendwo war eine Ziffer falsch, und das Token gibt keine "
    "zweite Antwort. Rufen Sie den Dienst an.",
    "trouble.broken-off": "Die Änderung brach ab, oder das Display wurde dunkel: Wecken Sie das Token, es fragt wieder "
    "danach. Bis zum letzten Bild bleibt die PIN aus diesem Brief.",
    "trouble.locked.soft": "Sie sind ausgesperrt oder haben die PIN vergessen: Raten Sie nicht, sonst sperrt der "
    "Dienst die Anmeldung. Rufen Sie ihn an. Niemand kann Ihnen die PIN sagen; das Token wird neu eingerichtet.",
    "trouble.locked.verified": "Das Token ist gesperrt: Nennen Sie dem Dienst die Seriennummer und die Nummer im "
    "Display. Ist er sicher, dass Sie es sind, bekommen Sie einen Code mit 16 Ziffern und setzen eine neue PIN.",
    "contact": "Dienst: {contact}",
    "contact.none": "Rufen Sie den Dienst unter einer Nummer an, die Sie nicht aus einer Nachricht haben.",
    "sample": "MUSTER",
}

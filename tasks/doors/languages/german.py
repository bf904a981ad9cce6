"""German."""

from tasks.doors.languages.language import Language

GERMAN = Language(
    "de",
    apologies=("tut mir leid", "entschuldigung", "bedaure"),
    boilerplate=("als ki", "als sprachmodell", "als künstliche intelligenz"),
    asking_back=("bitte gib", "bitte geben sie", "bitte teile mir", "könntest du mir",
                 "bitte stellen sie"),
    links="""
        der die das den dem des ein eine einen einem einer eines und oder aber denn sondern weil dass
        ob wenn als wie an auf aus bei bis durch für gegen hinter in im ins mit nach neben ohne seit
        über um unter von vom vor während wegen zu zum zur zwischen""",
    function_words="""
        ich du er sie es wir ihr mich dich sich uns euch mir dir ihm ihnen mein dein sein unser euer
        meine deine seine ihre unsere bin bist ist sind seid war waren wäre sein gewesen habe hast hat
        haben hatte hatten werde wird werden wurde wurden kann können muss müssen soll sollen will
        wollen darf dürfen mag nicht auch noch nur schon so da hier dort dann doch mal sehr man was
        wer wo wann warum welche welcher welches dies diese dieser dieses jene jener jenes""",
    regrets=r"(?:es )?tut (?:mir|uns)(?: (?:wirklich|sehr|echt|furchtbar|aufrichtig))?(?: leid)?"
    r"|(?:bitte )?entschuldig(?:ung|e|en sie|t)?"
    r"|ich (?:bedau(?:e?re)|entschuldige mich)|bedau(?:e?re|erlicherweise)|leider|verzeih(?:ung"
    r"|en sie|e)?|sorry",
    inabilities=r"\b(?:kann|könnte|darf|möchte|werde|will)\s+(?:ich|wir)\b.{0,80}?\b(?:nicht"
    r"|kein\w*)\b"
    r"|\b(?:ich|wir)\s+(?:kann|können|könnte|darf|möchte|werde|will)\b.{0,80}?\b(?:nicht"
    r"|kein\w*)\b"
    r"|\bich\s+(?:habe|verfüge|weiß|verstehe|kenne|besitze)\b.{0,40}\b(?:kein\w*|nicht)\b"
    r"|\b(?:habe|weiß|verstehe|kenne) ich\b.{0,40}\b(?:kein\w*|nicht)\b"
    r"|\b(?:kein\w*|nicht)\b.{0,60}\b(?:zu können|geben zu|möglich)|\bnicht in der lage"
    r"|\bunmöglich\b|\bnicht möglich\b"
    r"|\b(?:sie haben|du hast|es wurde)\b.{0,40}\b(?:kein\w*|nicht)\b.{0,40}\b(?:angegeben"
    r"|gegeben|genannt|mitgeschickt)",
    declines=r"(?:das|dabei|damit|hierbei|darauf|dazu|diese \w+)?\s*(?:ich )?(?:kann|darf|werde"
    r"|möchte)(?: ich)?\b.{0,40}\b(?:nicht|kein\w*)\b.{0,40}"
    r"\b(?:helfen|beantworten|unterstützen|erfüllen|weiterhelfen|bereitstellen|nachkommen"
    r"|antworten)"
    r"|ich (?:muss|möchte) (?:das |dies )?(?:leider )?ablehnen",
    about_regret=r"entschuldig|leid tun|tut .{0,10}leid|bedauer|verzeih|ablehn|absag|weiger"
    r"|leider",
    rewriting=r"(?:umschreib|umformulier|ändern|erstell|überarbeit|helfen|nachkommen|erfüllen"
    r"|schreib|verändern|bearbeit)",
    wants_prompt=r"bitte\b.{0,60}\b(?:prompt|anweisung|aufforderung|text"
    r"|eingabe)\b.{0,60}\b(?:umschreiben|umformulieren|überarbeiten|soll)"
    r"|bitte\b.{0,40}\bden (?:\w+ )?prompt|\bkein\w* (?:prompt|anweisung)\b.{0,30}\b(?:angegeben"
    r"|gegeben|erhalten|vorhanden)"
    r"|welche[nr]? (?:prompt|anweisung)\b.{0,30}\b(?:soll|möchten|möchtest)",
    prompt=r"prompts?|eingabeaufforderung",
    prompt_like=r"anweisung|aufforderung|version|frage|aufgabe|anfrage|fassung",
    made=r"neue[rs]?|umgeschriebene[rs]?|überarbeitete[rs]?|geänderte[rs]?|veränderte[rs]?"
    r"|erstellte[rs]?|finale[rs]?|endgültige[rs]?"
    r"|verbesserte[rs]?|(?:etwas )?schwierigere[rs]?|schwerere[rs]?|umformulierte[rs]?"
    r"|komplexere[rs]?|erweiterte[rs]?|anspruchsvollere[rs]?|weiterentwickelte[rs]?",
    given=r"gegebene[rns]?|vorgegebene[rns]?|ursprüngliche[rns]?|alte[rns]?",
    joint=r"[\s_-]+",
    openers=r"natürlich|klar|gerne?|sicher|selbstverständlich|okay|ok|in ordnung|alles klar",
    announcers=r"hier (?:ist|sind|kommt)|hier|im folgenden|das ist|dies ist|ich habe|der|die|das",
    remarks=r"(?:erklärung|erläuterung|begründung|änderungen|anmerkung|bemerkung|kommentar"
    r"|hinzugefügt)\s*[*_]*\s*:"
    r"|hinweis\s*[*_]*\s*:.{0,200}\b(?:prompt|version|hinzugefügt|geändert|wörter)"
    r"|(?:diese|die) (?:\w+ )?(?:version|fassung|prompt)\s+(?:ist|fügt|macht|verlangt|erfordert"
    r"|enthält|fragt)\b"
    r"|dieser (?:\w+ )?prompt\s+\w+|ich habe\b.{0,120}\b(?:hinzugefügt|ergänzt|geändert"
    r"|umformuliert|erweitert|eingefügt)"
    r"|(?:sag|sagen sie|gib|geben sie) (?:mir )?bescheid|ich hoffe,? (?:das|dies|es)"
    r"|lass(?:en sie)? (?:es )?mich wissen|möchtest du noch|\d+ wörter (?:hinzugefügt|mehr)",
    answers=r"(?:muster)?antwort|lösung",
    repeats=r"wiederhol\w*|\w*mal|refrains?|mehrfach",
)  # fmt: skip

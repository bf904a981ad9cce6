"""Italian."""

from tasks.doors.languages.language import Language

ITALIAN = Language(
    "it",
    apologies=("mi dispiace", "spiacente", "scusa"),
    boilerplate=("come ia", "come modello linguistico", "in quanto ia"),
    asking_back=("per favore fornisci", "si prega di fornire", "potresti fornire"),
    links="""
        il lo la i gli le un uno una e ed o oppure ma però né perché che se come quando mentre benché di
        del dello della dei degli delle a al allo alla ai agli alle da dal dallo dalla dai dagli dalle
        in nel nello nella nei negli nelle con su sul sullo sulla sui sugli sulle per tra fra senza
        verso sotto sopra""",
    function_words="""
        io tu lui lei egli ella noi voi loro me te mi ti si ci vi ne mio mia miei mie tuo tua suo sua
        suoi sue nostro nostra vostro vostra questo questa questi queste quello quella quelli quelle
        ciò è sono sei siamo siete era erano fu essere stato stata ho hai ha abbiamo avete hanno aveva
        avere può possono deve devono chi cosa quale dove più molto anche già così cui""",
    regrets=r"(?:mi|ci) (?:di)?spiace(?: (?:molto|davvero))?|(?:sono "
    r"|siamo )?(?:davvero )?spiacent[ei]|(?:mi )?scus(?:a|i|ate|ami|imi|atemi)|chiedo scusa"
    r"|le mie scuse|perdon(?:a|ami|i|o)"
    r"|purtroppo|sfortunatamente|temo che",
    inabilities=r"\bnon\s+(?:lo\s+|la\s+|ti\s+|le\s+|mi\s+|vi\s+)?(?:posso|possiamo|potrò|potrei"
    r"|so|sappiamo|ho|dispongo|capisco|comprendo|conosco|riesco|sono in grado|è possibile|sono)\b"
    r"|\bimpossibile\b|\bincapace\b"
    r"|\bnon\s+(?:hai|ha|è stat[oa])\s+(?:fornit|indicat|dat|inclus)",
    declines=r"non (?:posso|riesco|sono in grado di|potrò)\b.{0,40}\b(?:aiutar\w*|assister\w*"
    r"|risponder\w*|fornir\w*|soddisfar\w*|farlo|fare questo|questa richiesta)"
    r"|devo (?:rifiutare|declinare)",
    about_regret=r"scus|dispiac|spiacent|perdon|rifiut|declin",
    rewriting=r"(?:riscriv|modific|crear|generar|aiutar|riformular|fornir|cambiar|soddisfar"
    r"|risponder)",
    wants_prompt=r"(?:per favore|potresti|potrebbe|puoi|può|si prega)\b.{0,60}\b(?:prompt"
    r"|istruzione|testo|richiesta)\b.{0,40}\b(?:riscriv|modific|desider|vuoi|vorrest)"
    r"|(?:per favore|si prega)\b.{0,40}\bil prompt\b|(?:non hai|non è stat[oa]"
    r"|nessun[a]?)\b.{0,30}\b(?:prompt|istruzione)"
    r"|quale (?:prompt|istruzione)\b.{0,40}\b(?:desider|vuoi|vorrest|devo)",
    prompt=r"prompts?",
    prompt_like=r"istruzione|versione|domanda|richiesta|compito|consegna|quesito",
    made=r"nuov[oa]|riscritt[oa]|modificat[oa]|creat[oa]|finale|migliorat[oa]|più (?:difficile"
    r"|compless[oa]|impegnativ[oa])|rivist[oa]|riformulat[oa]|generat[oa]|evolut[oa]",
    given=r"dat[oa]|originale|fornit[oa]|iniziale",
    joint=r"\s+",
    openers=r"certo|certamente|naturalmente|ovviamente|va bene|d'accordo|volentieri|sicuro|ok"
    r"|capito",
    announcers=r"ecco|di seguito|quest[oa] è|il|la|ho",
    remarks=r"(?:spiegazione|motivazione|modifiche(?: apportate)?|cambiamenti|commento"
    r"|ragionamento|vincolo aggiunto)\s*[*_]*\s*:"
    r"|nota\s*[*_]*\s*:.{0,200}\b(?:prompt|versione|aggiun|parole|modific)"
    r"|quest[ao] (?:nuov[ao] )?(?:versione|prompt|istruzione)\s+(?:è|aggiunge|richiede|include"
    r"|rende|chiede|introduce)\b"
    r"|ho (?:aggiunto|modificato|incluso|cambiato|riscritto|reso|inserito)\b.{0,120}"
    r"|spero che (?:questo|ti|le)|fammi sapere|mi faccia sapere|vuoi che|se (?:hai bisogno"
    r"|vuoi) (?:di )?(?:altr|che)",
    answers=r"risposta|soluzione",
    said_after=True,
    repeats=r"ripet\w*|volte|ritornell\w+",
)  # fmt: skip

"""Spanish."""

from tasks.doors.languages.language import Language

SPANISH = Language(
    "es",
    apologies=("lo siento", "disculpa", "perdón"),
    boilerplate=("como una ia", "como ia", "como modelo de lenguaje", "como inteligencia artificial"),
    asking_back=("por favor proporciona", "por favor, proporciona", "podrías proporcionar",
                 "por favor indica"),
    links="""
        el la los las lo un una unos unas y e o u ni pero sino porque que como cuando aunque mientras
        de del a al ante bajo con contra desde en entre hacia hasta para por según sin sobre tras""",
    function_words="""
        yo tú él ella ello nosotros vosotros ellos ellas usted ustedes me te se nos os le les mi mis tu
        tus su sus nuestro nuestra vuestro este esta esto estos estas ese esa eso esos esas aquel
        aquella aquello es son soy eres somos era eran fue fueron ser sido está están estar estoy ha
        han he has haber había hay puede pueden debe deben qué quién cuál dónde cuándo cómo más muy
        también ya así donde quien cual cuyo""",
    regrets=r"lo (?:siento|lamento)(?: (?:mucho|muchísimo|de verdad))?|disculp(?:a|e|en|as|ame"
    r"|eme)?(?: las molestias)?|perd[oó]n(?:a|e|ame|eme|en)?"
    r"|(?:le|te|les|os)? ?pido (?:mil )?(?:disculpas|perdón)|mis disculpas|lament(?:o|ablemente)"
    r"|desafortunadamente|por desgracia|me temo que",
    inabilities=r"\bno\s+(?:me\s+|te\s+|le\s+|lo\s+|se\s+|la\s+)*(?:puedo|podemos|podré|podría"
    r"|sé|sabemos|tengo|dispongo|entiendo|comprendo|conozco|soy capaz|es posible|estoy)\b"
    r"|\bme (?:es|resulta) imposible|\bimposible\b|\bincapaz\b"
    r"|\bno\s+(?:has|ha|han|se ha)\s+(?:proporcionado|indicado|dado|incluido)",
    declines=r"no (?:puedo|podemos|podré|podría|me es posible|soy capaz de"
    r"|estoy)\b.{0,40}\b(?:ayudar\w*|asistir\w*|responder\w*|proporcionar\w*|cumplir\w*"
    r"|hacer eso|hacerlo|con (?:eso|esa|esto))"
    r"|debo (?:declinar|rechazar)",
    about_regret=r"disculp|perd[oó]n|lament|siento|apolog|rechaz|declin|negar|rehus",
    rewriting=r"(?:reescrib|modific|crear|generar|ayudar|cumplir|cambiar|proporcionar|reformular"
    r"|mejorar)",
    wants_prompt=r"(?:por favor|podrías|podría|puedes|puede)\b.{0,60}\b(?:prompt|instrucción"
    r"|indicación|texto|consigna)\b.{0,40}\b(?:reescrib|modifi|quier|dese|gustaría)"
    r"|por favor\b.{0,40}\bel prompt\b|no (?:has|ha|se ha|hay)\b.{0,30}\b(?:prompt|instrucción"
    r"|indicación)"
    r"|qué (?:prompt|instrucción|indicación)\b.{0,40}\b(?:quier|dese|gustaría)",
    prompt=r"prompts?",
    prompt_like=r"instrucción|indicación|versión|pregunta|consigna|solicitud|tarea|petición"
    r"|enunciado",
    made=r"nuev[oa]|reescrit[oa]|modificad[oa]|cread[oa]|final|mejorad[oa]|más (?:difícil"
    r"|complej[oa]|desafiante|exigente)|evolucionad[oa]|revisad[oa]|reformulad[oa]|ampliad[oa]"
    r"|generad[oa]",
    given=r"dad[oa]|original|proporcionad[oa]|inicial",
    joint=r"\s+",
    openers=r"¡?claro(?: que sí)?|¡?por supuesto|¡?desde luego|¡?cómo no|vale|de acuerdo"
    r"|¡?con gusto|¡?seguro|entendido",
    announcers=r"aquí (?:tienes|está|va|le|te)|a continuación|est[ea] es|el|la|he|esta",
    remarks=r"(?:explicación|justificación|cambios(?: realizados)?|comentario|razonamiento"
    r"|restricción añadida)\s*[*_]*\s*:"
    r"|nota\s*[*_]*\s*:.{0,200}\b(?:prompt|versión|añad|agreg|palabras|cambi)"
    r"|est[ae] (?:nuev[oa] )?(?:versión|prompt|instrucción)\s+(?:es|añade|agrega|requiere|exige"
    r"|incluye|pide|hace|introduce)\b"
    r"|(?:he|se ha|se han) (?:añadido|agregado|modificado|incluido|cambiado|reescrito)\b.{0,120}"
    r"|(?:añadí|agregué)\b.{0,120}\b(?:restricción|requisito|palabras|condición)"
    r"|espero que (?:esto|te|le)|av[ií]s[ae]me|hazme saber|háganme saber|¿(?:quieres"
    r"|te gustaría) que|si (?:necesitas|quieres) (?:otra|algo|que)",
    answers=r"respuesta|solución",
    said_after=True,
    repeats=r"rep[ei]t\w*|veces|estribillos?",
)  # fmt: skip

"""Portuguese."""

from tasks.doors.languages.language import Language

PORTUGUESE = Language(
    "pt",
    apologies=("desculpe", "sinto muito", "lamento"),
    boilerplate=("como uma ia", "como ia", "como um modelo de linguagem"),
    asking_back=("por favor, forneça", "por favor forneça", "poderia fornecer"),
    links="""
        o a os as um uma uns umas e ou mas nem porque que se como quando embora enquanto de do da dos
        das
        em na nos nas por pelo pela pelos pelas para com sem sobre sob entre até desde contra após
        ante ao aos à às""",
    function_words="""
        eu tu ele ela nós vós eles elas você vocês me te se lhe lhes meu minha meus minhas teu tua seu
        sua seus suas nosso nossa este esta isto estes estas esse essa isso esses essas aquele aquela
        aquilo é são sou somos era eram foi foram ser sido está estão estar estou há tem têm ter tinha
        pode podem deve devem qual quem onde mais muito também já assim cujo""",
    regrets=r"(?:me )?desculp(?:e|a|em|as|e-me|a-me)|(?:eu )?(?:sinto|lamento)(?: muito"
    r"| imenso)?|peço (?:imensa )?(?:desculpas?|perdão)|perd(?:ão|oe|oe-me)|minhas desculpas"
    r"|infelizmente|lamentavelmente|receio que",
    inabilities=r"\bnão\s+(?:o\s+|a\s+|me\s+|lhe\s+|te\s+)?(?:posso|podemos|poderei|poderia"
    r"|consigo|conseguimos|sei|sabemos|tenho|disponho|entendo|compreendo|conheço|sou capaz"
    r"|é possível|estou|será possível)\b"
    r"|\bimpossível\b|\bincapaz\b"
    r"|\bnão\s+(?:forneceu|indicou|deu|incluiu|foi fornecid)",
    declines=r"(?:eu )?não (?:posso|consigo|poderei|sou capaz de|estou)\b.{0,40}\b(?:ajudar"
    r"|auxiliar|responder|fornecer|cumprir|atender|fazer isso|com isso|esse pedido)"
    r"|devo (?:recusar|declinar)",
    about_regret=r"desculp|perd[ãao]|lament|sinto muito|recus|declin|negar",
    rewriting=r"(?:reescrev|modific|criar|gerar|ajudar|cumprir|alterar|fornecer|reformular"
    r"|atender|responder)",
    wants_prompt=r"(?:por favor|poderia|pode|podes)\b.{0,60}\b(?:prompt|instrução|comando"
    r"|texto)\b.{0,40}\b(?:reescrev|modifi|deseja|quer|gostaria)"
    r"|por favor\b.{0,40}\bo prompt\b|(?:não há|nenhum[a]?|você não)\b.{0,30}\b(?:prompt"
    r"|instrução|comando)"
    r"|qual (?:é )?(?:o |a )?(?:prompt|instrução|comando)\b.{0,40}\b(?:deseja|quer|gostaria)",
    prompt=r"prompts?",
    prompt_like=r"instrução|comando|versão|pergunta|solicitação|tarefa|pedido|enunciado",
    made=r"nov[oa]|reescrit[oa]|modificad[oa]|criad[oa]|final|melhorad[oa]|mais (?:difícil"
    r"|complex[oa]|desafiador[a]?|exigente)|revisad[oa]|reformulad[oa]|gerad[oa]|evoluíd[oa]",
    given=r"dad[oa]|original|fornecid[oa]|inicial",
    joint=r"\s+",
    openers=r"claro(?: que sim)?|com certeza|certamente|ok|tudo bem|com prazer|sem problema"
    r"|entendido|perfeito",
    announcers=r"aqui (?:está|vai|tem)|a seguir|segue|est[ea] é|o|a|eu",
    remarks=r"(?:explicação|justificativa|alterações|mudanças|comentário|raciocínio"
    r"|restrição adicionada)\s*[*_]*\s*:"
    r"|(?:nota|observação|obs\.?)\s*[*_]*\s*:.{0,200}\b(?:prompt|versão|adicion|acrescent"
    r"|palavras|alter)"
    r"|est[ae] (?:nov[oa] )?(?:versão|prompt|instrução)\s+(?:é|adiciona|acrescenta|exige|inclui"
    r"|pede|torna|requer)\b"
    r"|(?:eu )?(?:adicionei|acrescentei|incluí|modifiquei|alterei|reescrevi)\b.{0,120}"
    r"|espero que (?:isso|isto)|me avise|avise-me|gostaria que eu|se (?:precisar"
    r"|quiser) (?:de )?(?:outra|algo|que)",
    answers=r"resposta|solução|gabarito",
    said_after=True,
    repeats=r"repet\w*|repit\w*|vezes|refr(?:ão|ões)",
)  # fmt: skip

"""French."""

from tasks.doors.languages.language import Language

FRENCH = Language(
    "fr",
    apologies=("désolé", "je regrette", "navré"),
    boilerplate=("en tant qu'ia", "en tant que modèle de langage",
                 "en tant qu'intelligence artificielle"),
    asking_back=("veuillez fournir", "pourriez-vous fournir", "merci de fournir",
                 "veuillez préciser"),
    links="""
        le la les l un une des du de d et ou mais donc or ni car que qu comme quand lorsque puisque
        à au aux avec chez contre dans depuis derrière dès devant en entre jusque malgré par parmi
        pendant pour sans sauf selon sous sur vers""",
    function_words="""
        je j tu il elle on nous vous ils elles me m te t se s lui leur y mon ma mes ton ta tes son sa
        ses notre nos votre vos leurs ce c cet cette ces ceci cela ça qui quoi dont où quel quelle
        suis es est sommes êtes sont était étaient être été ai as a avons avez ont avait avoir eu
        peut peuvent doit doivent ne n pas plus aussi très même alors ainsi là ici ce c'est n'est
        qu'il qu'elle d'un d'une l'on""",
    regrets=r"(?:je (?:suis|vous)? ?)?(?:(?:vraiment|sincèrement|très"
    r"|profondément) )?(?:désolée?|navrée?)|je (?:regrette|m'excuse)"
    r"|(?:veuillez m')?excuse[zr]?(?:-moi)?"
    r"|(?:je (?:vous|te) (?:demande|prie) .{0,15})?pardon(?:ne[zr]?-moi)?|toutes mes excuses"
    r"|mes excuses|malheureusement|hélas|je crains",
    inabilities=r"\b(?:je|nous)\s+(?:ne\s+|n')(?:\w+\s+){0,2}?(?:peux|pouvons|pourrai|puis|sais"
    r"|savons|dispose|ai|comprends|connais|suis)\b"
    r"|\bm'est impossible|\bimpossible\b|\bincapable\b|\bpas possible\b"
    r"|\bvous\s+n'avez\s+pas\s+(?:fourni|indiqué|donné|précisé)",
    declines=r"je (?:ne (?:peux|pourrai|suis)|n'ai)\b.{0,50}\b(?:aider|assister|répondre|fournir"
    r"|donner suite|faire cela|cette demande|cela)"
    r"|je dois (?:décliner|refuser)",
    about_regret=r"excus|désol|regret|pardon|refus|déclin|navré",
    rewriting=r"(?:réécri|modifi|créer|génér|aider|reformul|répondre|fournir|changer"
    r"|donner suite)",
    wants_prompt=r"(?:veuillez|pourriez-vous|pouvez-vous|peux-tu|merci de|s'il (?:vous"
    r"|te) plaît)\b.{0,60}\b(?:prompt|instruction|invite|consigne|texte)\b.{0,60}\b(?:réécri"
    r"|modifi|souhait|voul|reformul)"
    r"|(?:veuillez|merci de)\b.{0,30}\b(?:le|votre) prompt\b|aucun(?:e)? (?:prompt|instruction"
    r"|invite|consigne)|vous n'avez pas\b.{0,30}\b(?:prompt|instruction|invite|consigne)"
    r"|quel(?:le)? (?:prompt|instruction|invite|consigne)\b.{0,40}\b(?:souhait|voul|dois)",
    prompt=r"prompts?",
    prompt_like=r"invite|instruction|consigne|version|question|requête|demande|tâche|énoncé",
    made=r"nouve(?:au|lle)|réécrite?|modifiée?|créée?|finale?|améliorée?|plus (?:difficile"
    r"|complexe|exigeante?|poussée?)|révisée?|reformulée?|générée?|enrichie?",
    given=r"donnée?|originale?|fournie?|initiale?|d'origine",
    joint=r"\s+",
    openers=r"bien sûr|certainement|d'accord|avec plaisir|absolument|volontiers|entendu"
    r"|très bien|bien entendu",
    announcers=r"voici|voilà|ci-dessous|c'est|le|la|j'ai",
    remarks=r"(?:explication|justification|modifications?(?: apportées?)?|changements?"
    r"|commentaire|raisonnement|contrainte ajoutée)\s*[*_]*\s*:"
    r"|(?:note|remarque)\s*[*_]*\s*:.{0,200}\b(?:prompt|version|ajout|mots|modifi)"
    r"|cette (?:nouvelle )?(?:version|instruction|consigne)\s+(?:est|ajoute|rend|exige|demande"
    r"|inclut|introduit|nécessite)\b|ce (?:nouveau )?prompt\s+\w+"
    r"|j'ai (?:ajouté|modifié|inclus|changé|réécrit|rendu|introduit)\b.{0,120}"
    r"|j'espère que (?:cela|ça|ce)|n'hésitez pas|n'hésite pas|faites-moi savoir|dites-moi si"
    r"|souhaitez-vous (?:que|une)",
    answers=r"réponse|solution|corrigé",
    said_after=True,
    repeats=r"répét\w*|répèt\w*|fois|refrains?",
)  # fmt: skip

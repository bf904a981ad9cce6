"""English."""

from tasks.doors.languages.language import Language

ENGLISH = Language(
    "en",
    apologies=("sorry",),
    boilerplate=("as an ai", "as a language model", "as a large language model", "i'm an ai",
                 "i am an ai"),
    asking_back=("please provide", "please share", "could you provide", "could you share",
                 "can you provide", "please specify", "could you clarify", "please clarify"),
    links="""
        a an the and or but nor so yet if because as until while although though unless whereas
        whether than that of at by for with about against between into through during before after
        above below to from up down in out on off over under upon onto within without among along
        across toward towards since per via""",
    function_words="""
        i me my myself we our ours ourselves you your yours yourself yourselves he him his himself
        she her hers herself it its itself they them their theirs themselves what which who whom
        whose this these those am is are was were be been being have has had having do does did
        doing can could will would shall should may might must ought again further then once here
        there when where why how all any both each few more most other some such only own same too
        very just also even else ever still thus hence i'm you're he's she's it's we're they're
        i've you've we've they've i'd you'd he'd she'd we'd they'd i'll you'll he'll she'll we'll
        they'll isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't won't
        wouldn't shan't shouldn't can't couldn't mustn't let's that's who's what's here's there's
        when's where's why's how's""",
    regrets=r"(?:i(?:'m| am)?|we(?:'re| are)?)?\s*(?:(?:very|so|truly|really|terribly"
    r"|deeply)\s+)?sorry"
    r"|(?:i|we)\s+(?:do\s+)?(?:sincerely\s+)?(?:apologi[sz]e|regret)|(?:my|our)\s+apologies"
    r"|apologies|unfortunately|regrettably|i(?:'m| am) afraid|pardon(?: me)?|excuse me"
    r"|forgive me",
    inabilities=r"\b(?:i|we)(?:\s+(?:simply|just|really))?(?:'m|\s+am|'re|\s+are)?\s*"
    r"(?:can(?:not|'t| not)|could(?:n't| not)|won't|will not|unable to|not able to"
    r"|not (?:allowed|permitted|comfortable|programmed|designed)(?:\s+to)?|(?:must"
    r"|have to) (?:decline|refuse))"
    r"(?:\s+(?:\w+ly|be able to|be|to))?"
    r"(?:\s*(?:[.,;!]|$)|\s+(?:help|assist|answer|do|provide|give|share|creat|writ|generat|compl"
    r"|fulfil"
    r"|process|access|find|see|view|open|brows|offer|discuss|engag|continu|support|tell|say"
    r"|determin"
    r"|identif|respon|translat|recommend|predict|perform|produc|verif|summar|understand|know"
    r"|make this"
    r"|take|handle|proceed|disclos|speculat|grant|re-?writ|rephras|modif|evolv|work with|chang"
    r"|transform|improv|fulfill))"
    r"|\b(?:i|we)\s+(?:do not|don't)\s+(?:know|understand"
    r"|(?:currently\s+)?have\s+(?:\w+\s+)?(?:access|information"
    r"|data|abilit|capabilit|knowledge|enough|personal|details|context|permission|records?"
    r"|an answer))"
    r"|\b(?:i|we)\s+have\s+no\s+(?:\w+\s+)?(?:access|information|data|knowledge|way|idea|answer"
    r"|details|records?)"
    r"|\b(?:that|this|it)(?:'s| is| isn't)?\s*(?:not|im)?\s*possible"
    r"|\bbeyond my (?:abilit|capabilit|scope)|\bagainst my (?:guidelines|policy|programming)"
    r"|\byou\s+(?:have\s?n[o']t|did\s?n[o']t|did not|have not|need to|will need to"
    r"|must)\s+(?:provid|giv|specif|includ|attach|shar)",
    declines=r"(?:no[,.]\s+)?(?:i|we)(?:'m| am|'re| are)?\s*(?:can(?:not|'t| not)|won't|will not"
    r"|unable to"
    r"|not able to|not going to|not comfortable|not allowed to|(?:must"
    r"|have to) (?:respectfully )?(?:decline|refuse)"
    r"|(?:respectfully )?decline to|refuse to|would rather not|'d rather not|prefer not to)"
    r"(?:\s+(?:\w+ly|be able to))?\s*(?:to\s+)?(?:(?:help|assist|compl[yi]|fulfil|engag|answer"
    r"|provid|respon|continu"
    r"|support|discuss|do|generat|creat|writ|produc|offer)\w*\b.{0,40}\b(?:that|this|those|these"
    r"|your|you|it|such|request"
    r"|question|content|information|instructions|advice|topic|material)\b|[.!]|helping|assisting)"
    r"|(?:this|that|the|your) (?:request|prompt|question)\b.{0,60}\b(?:against"
    r"|violat\w*)\b.{0,30}\b(?:guidelines|polic\w+|rules|terms)"
    r"|(?:that|this) (?:request )?is (?:something )?(?:not something )?i (?:can't|cannot|can not"
    r"|can) (?:help|assist|do)",
    about_regret=r"apolog|sorry|regret|forgive|excus|refus|declin|reject|turn(?:ing)? down",
    rewriting=r"(?:re-?writ|rephras|modif|evolv|creat|mak|generat|provid|complicat|improv|help"
    r"|assist|compl[yi]|fulfil"
    r"|proceed|process|do (?:that|this)|work with|continu|engag|support|produc|chang|transform"
    r"|turn|answer|see (?:a|any|the)|find (?:a|any|the))",
    wants_prompt=r"(?:please|kindly|could you|can you|would you|i(?:'d"
    r"| would) need you to)\s+(?:please\s+)?"
    r"(?:provide|share|send|give|paste|supply|enter|include|specify|tell)\b.{0,60}\b(?:prompt"
    r"|instruction|text|question|input)"
    r"\b.{0,30}(?:you(?:'d| would)? (?:like|want|need)|to (?:be )?(?:re-?writ|rephras|evol"
    r"|modif)|so (?:that )?i can|for me to|i should)"
    r"|\b(?:what|which) (?:prompt|instruction|text|question)\b.{0,30}\b(?:you(?:'d| would)? like"
    r"|you want|should i|shall i)\b"
    r".{0,20}\b(?:me to )?(?:re-?writ|rephras|evol|modif|make)"
    r"|(?:there (?:is|was) no|you (?:did not|didn't|have not|haven't)|i (?:do not"
    r"|don't) see (?:a|any|the)|no)\s+.{0,20}"
    r"(?:given |original )?(?:prompt|instruction)\b.{0,20}(?:provided|given|included|attached"
    r"|here|supplied|\.|$)"
    r"|(?:prompt|instruction)s? (?:is|was|seems?|appears?)(?: to be)? (?:missing|empty|blank"
    r"|incomplete|cut off)"
    r"|what(?:'s| is) the (?:given |original )?prompt\b"
    r"|please (?:provide|share|send|give|paste)(?: me)?(?: with)? (?:the|a|your) (?:given "
    r"|original )?prompt\b"
    r"|(?:i(?:'m| am)|i'll be)? ?(?:ready|happy|glad) to (?:help|re-?write"
    r"|assist)\b.{0,60}\b(?:please|provide|share|send|once you)",
    prompt=r"prompts?",
    prompt_like=r"instructions?|versions?|questions?|requests?|quer(?:y|ies)|tasks?|problems?"
    r"|exercises?|rewrite",
    made=r"(?:brand-?\s?)?new(?:ly)?|re-?writ(?:ten|ing)|re-?wrote|revised|modified|evolved"
    r"|created|final|improved|enhanced"
    r"|updated|refined|(?:slightly |somewhat |a bit |much )?(?:more )?(?:complex|difficult"
    r"|challenging|detailed|specific"
    r"|demanding|advanced|complicated|concrete|elaborate|hard|harder|tougher|trickier|deeper"
    r"|easier|simpler)"
    r"|expanded|adapted|altered|edited|generated|reworked|reformulated|rephrased|transformed"
    r"|resulting|upgraded|deepened"
    r"|concreti[sz]ed|adjusted|augmented|output",
    given=r"given|original|old|initial|source|provided",
    joint=r"[\s_-]+",
    openers=r"sure(?: thing)?|certainly|of course|absolutely|okay|ok|great|alright|all right"
    r"|got it|understood|no problem"
    r"|definitely|gladly|here you (?:go|are)|here it is|happy to help|yes|thank(?:s"
    r"| you)[^.!\n]{0,40}|i(?:'d| would|'ll| will) be (?:happy|glad)[^.!\n]{0,60}",
    announcers=r"here(?:'s| is| are| you go| goes)?|below(?: is| are)?|the following is|this is"
    r"|as requested"
    r"|(?:i|we)(?:'ve| have|'ll| will|'d)? (?:re-?writ|re-?wrote|revis|modif|made|creat|add"
    r"|chang|evol|increas|updat)\w*"
    r"|to (?:make|increase|complicate|add|deepen)\b|let me|my",
    remarks=r"(?:explanation|rationale|reasoning|justification|changes(?: made)?"
    r"|what (?:i )?changed|modifications?(?: made)?"
    r"|(?:added|additional|new) (?:constraints?|requirements?)|constraints? added|why (?:this"
    r"|it)(?:'s| is) (?:harder|more)[^:\n]{0,30}"
    r"|remarks?|comments?|word count|words added)\s*[*_]*\s*:"
    r"|(?:note|n\.?b\.?|p\.?s\.?|\**note\**)\s*[*_]*\s*:.{0,200}\b(?:prompt|version|re-?writ"
    r"|rewrote|i(?:'ve| have)? (?:added|made|kept|chang|includ|used)"
    r"|words? (?:added|were)|add(?:s|ed) (?:\w+ ){0,4}(?:words|constraint|requirement)|harder"
    r"|more (?:complex|difficult|challenging))"
    r"|(?:this|the|my|in this|in the)\s+(?:(?:new|rewritten|revised|modified|updated|evolved"
    r"|created|harder|final)\s+)?(?:prompt|version|rewrite|rewritten \w+)"
    r"\b,?\s+(?:now\s+|also\s+)?(?:is|adds?|added|makes?|requires?|asks?|introduc\w+|keeps?"
    r"|includes?|increases?|challenges?|has|demands?"
    r"|specif\w+|should|i|replaces?|builds?|maintains?|remains?|contains?|combines?|goes"
    r"|encourages?|provides?|stays?|raises?|extends?|deepens?)\b"
    r"|(?:this|these|it) (?:\w+ )?(?:adds?|makes?|increases?|introduces?) .{0,60}\b(?:prompt"
    r"|complexity|constraint|difficulty|challeng|harder|requirement)"
    r"|(?:here,? )?i(?:'ve| have)? (?:also )?(?:added|made|changed|included|kept|inserted"
    r"|increased|rewrote|rewritten|modified|replaced"
    r"|introduced|expanded|deepened|narrowed|tried|ensured)\b.{0,160}\b(?:prompt|constraint"
    r"|requirement|version|words|harder|complex\w*|specific|difficult\w*|challeng\w+|original"
    r"|depth|step|reasoning|language)"
    r"|by (?:adding|asking|requiring|including|specifying|introducing)\b.{0,120}\b(?:prompt"
    r"|version|task)\b"
    r"|(?:please )?let me know (?:if|whether|what|how)\b|i hope (?:this|that|it)\b|hope (?:this"
    r"|that|it) \w+"
    r"|would you like (?:me|another|a )|do you want me to|is there anything else"
    r"|feel free to (?:ask|let me|adjust|modify|reach|tell me)"
    r"|if you(?:'d| would)? (?:like|want|need|prefer)\b.{0,60}\b(?:let me|i can|another version"
    r"|me to)\b"
    r"|added (?:about |around |roughly )?\d+ (?:\w+ )?words|\d+ (?:words? added|(?:additional"
    r"|extra|new|more|added) words?)"
    r"|(?:adds|added) (?:a|an|one|the) (?:\w+ ){0,3}(?:constraint|requirement|condition|detail"
    r"|step)",
    answers=r"(?:(?:sample |model |example |suggested |my |the )?(?:answer|solution|response))",
    orders="""
        abbreviate add address adjust advise alter amend analyse analyze annotate answer append apply
        approximate argue arrange articulate ask assemble assess assign assume attempt balance bold
        brainstorm break briefly bring build calculate capitalise capitalize carry categorise
        categorize change characterize check choose cite clarify classify code collect combine come
        comment compare compile complete compose compress compute concatenate conduct configure
        consider construct contrast convert convince copy correct count craft create criticize
        critique crop customize cut debug decide decode deduce define delete deliver demonstrate
        derive describe design detail detect determine develop devise diagnose differentiate discuss
        display distinguish divide do don't draft draw edit elaborate eliminate encode end enhance
        ensure enter enumerate estimate evaluate examine exchange execute expand explain explore
        express extend extract extrapolate figure fill filter find finish fit fix focus follow form
        format formulate frame gather generate get give given greet group guess have help highlight
        hypothesize identify illustrate imagine implement improve include incorporate indicate infer
        initialize input insert inspect instruct interpret introduce invent invert join judge justify
        keep label let let's limit list listen locate look make manually mark match measure mention
        merge modify multiply name narrate negate normalize note notice offer optimize order organise
        organize outline output outside overwrite paint paraphrase parse pay perform pick plan play
        plot point populate post predict prepare present pretend print process produce program prompt
        propose prove provide punctuate put quantify quote rank rate read rearrange recall recast
        recite recommend reconstruct record recreate redact redesign reduce refactor refer reflect
        reformat reformulate reframe remember remove rename reorder reorganize repair repeat rephrase
        replace reply report represent research resolve respond restate restructure retell retrieve
        return reverse review revise reword rewrite rhyme role-play rotate round run say scan search
        segment select separate serve set share shorten show simplify simulate sketch solve sort speak
        specify spell split spot start state structure submit substitute subtract suggest sum summarise
        summarize suppose supply support swap synthesize tabulate take talk teach tell test think tie
        trace train transcribe transform translate traverse troubleshoot try turn typecast underline
        understand unscramble update upload use using validate verify visualize walk wrap write
        what what's who who's whom whose which when where why how is isn't are aren't was were do does
        did can could would will should has have may kindly please""",
    wishes=r"you|you're|your|yours|yourself|i|i'm|i'd|i've|me|my|mine|we|us|our|ours|let's|please"
    r"|needs?|needed|wants?|wanted|wish|wishes|must|should|shall|ought|following|below|goal|task"
    r"|how (?:many|much|often|long|far|old|big|high|fast|deep)|would like|blanks?",
    subjects=r"(?:yes|no|nope)(?:[.!,;:]|\s+[–—-])(?!\s*(?:no|or|yes|maybe|y|n)\b)"
    r"|(?:it|he|she|they)(?:'s|'re|'ll|'d)?\s+(?!or\b)\w|there(?:'s|\s+(?:is|are|was|were|has"
    r"|have|can|could|will|would|may|might)\b)|(?:that|this)(?:'s|\s+(?:is|was|means))\b",
    articles=r"the|an?|this|that|these|those|its|his|her|their|some|many|most|both|another"
    r"|all|each|every|several|few|one|two|three|four|five|six|seven|eight|nine|ten|such|no",
    finite=r"(?:is|are|was|were|has|have|had|does|do|did|can|could|will|would)(?:n't|not)?|may|might"
    r"|won't|can't|contains|includes|consists|becomes|provides|allows|helps|loses|takes|makes|gives"
    r"|gets|goes|comes|keeps|brings|tells|says|begins|requires|produces|creates|describes"
    r"|explains|represents|refers|depends|occurs|happens|exists|belongs|equals|weighs|grows"
    r"|seems|appears|tends|varies|involves|receives|leaves|arrives|boils|freezes|melts|rises"
    r"|believes|thinks|knows|finds|writes|reads|sells|buys|eats|sleeps|speaks|teaches"
    r"|(?<!to )(?:include|contain|consist|depend|vary|occur|exist|belong|become)"
    r"|took|gave|went|came|began|became|wrote|knew|grew|saw|lost|fell|won",
    repeats=r"repeat\w*|repetit\w+|times|twice|again and again|over and over|chant\w*|mantras?"
    r"|refrains?|chorus\w*|loops?|copies",
)  # fmt: skip

"""The words about pay in nine languages: what names it, what is other money, and what stands around an amount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.recognise.patterns import pattern

if TYPE_CHECKING:
    import re


def _mentioning(parts: str, ends: str, whole: str) -> re.Pattern[str]:
    """Finds `parts` of words, `ends` of words and `whole` words; "." stands for a space or a hyphen."""
    rests: dict[str, list[str]] = {}  # by first letters: so the engine tries few at each place
    for word in (*parts.split(), *(f"{end}(?![^\\W\\d_])" for end in ends.split())):
        letter = word[0] if word[0].isalpha() else ""
        rests.setdefault(letter, []).append(word.removeprefix(letter))
    within = "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in rests.items())
    return pattern(f"{within}|(?<![^\\W\\d_])(?:{'|'.join(whole.split())})(?![^\\W\\d_])")


# What names pay in nine languages. Many stand at the end of a compound: "Jahresgehalt", "grundlön".
PAY_WORD = _mentioning(
    """salar salair gehälter vergütung verdien entgelt honorar lønn remunera rémunér compensation kompensation earn
    retribu stipendi[^\\W\\d] gratification ersättning vederlag brut(?!toum)
    gross(?!.(?:revenue|sales|profit)) lord[oi] nett?[oi] minijob pro.rata taux.horaire""",
    "gehalt lohn salär salar lön lönen løn lønnen lønning loon tarief stundensatz tagessatz basis",
    """pay paid pays wage wages package rate base basic ral tjm tgm fixe fisso fijo sueldo paga compenso schaal scale
    ote lønnes wir.zahlen zahlen.wir vi.betalar betalar.vi vi.betaler betaler.vi wij.betalen betalen.wij nous.payons
    pagamos paghiamo""",
)
# Money that is no pay.
OTHER_MONEY = _mentioning(
    """bonus superannuation 401\\(?k pension budget revenue turnover umsatz omsätt omsætning omsetning omzet chiffre
    factura fattura funding raised invest asset portfolio portefeuille p&l worth volume allowance voucher
    gutschein reimburs contribution matching donat prize penalt credit equipment training learning education
    friskvård wellness wellbeing health bidrag tillæg tillskud tilskud tillägg zuschuss zulage prämie sachbez benefit
    vermögenswirks weihnachtsgeld urlaubsgeld fahrgeld jobticket kosten premi[oe] titres?.restaurant ticket
    intéressement mutuelle panier buon[oi].pasto welfare rimborso cheque seguro vergoeding toeslag vakantiegeld
    insurance versicherung relocation(?:.package)? umzug referral empfehlung commission provision variab stock equity
    aktie share savings transaction [0-9]x.salary times.salary %.(?:of|av|af).(?:salary|lön|løn)
    presupuest begroting haushaltsmittel giro.d'affari volume.d'affari chèque engangs engångs eenmalig
    einmal sonderzahl weiterbild fortbild kompetensutveck efterudd incentiv una.tantum one.off one.time lump.sum
    golden.hello gift.(?:card|voucher) kiwisaver feriepeng koste godtgørelse förmån uitkering inflationsausgl boete
    bußgeld omsatt omset omsæt""",
    "grant grants fee fees cost costs price dieta dietas deals verdt",
    """super prime primes prima deal value valued bono bonos vwl spenden coûte kostar amende multa
    (?:fine|fines|rent|deposit).of kaution loyer.de (?:ad|media|marketing).spend sales.(?:of|target) (?:un|le).ca
    (?:ventas|ventes|verkopen).(?:de|anuales|annuelles|van) vendite.(?:di|annue) (?:salg|försäljning).(?:på|för|for)
    (?:inköp|indkøb|innkjøp).(?:på|for|för) (?:achats|compras|cartera).de acquisti.(?:per|di)
    im.wert.von ter.waarde.van d'une.valeur.de por.valor.de del.valore.di""",
)
# Right behind such a word, what makes it a title: "Portfolio Manager £70,000", "Versicherungsberater 45.000 €".
ROLE = pattern(
    r"[^\W\d_]{0,20}[ \u00a0/&-]{0,3}(?:[^\W\d_]{1,20}[ \u00a0/&-]{1,3})?[^\W\d_]{0,20}(?<!for )(?<!to )(?<!of )"
    r"(?:manager|analyst|analist|analytiker|administrat(?:or|eur|ör)|advis[eo]r|adviseur|consultant|konsult|consulente|consultor|berater|broker|makler"
    r"|mäklare"
    r"|[sc]pe[cz]iali[sz]t|spécialiste|officer|dire[ck]t(?:or|eur|ör|rice)|direttore|leiter|leder|head|lead|chef|[ck]oordinat"
    r"|clerk|assist[ae]nt|controller|engineer|ing[eé]ni|ingegner|developer|entwickler|utvecklare|udvikler|utvikler"
    r"|développeur|desarrollador|sviluppatore|trainer|designer|partner|agent|expert|sachbearbeiter|referent|handläggare"
    r"|rådgiv|medewerker|gestor|gestionnaire|t[eé]cni[ck]|technic|associate|executive|representative|underwriter|buyer"
    r"|planner|accountant|buchhalter|contable|comptable|auditor|supervisor|kauf(?:mann|frau)|verkäufer|vendedor"
    r"|responsab)[^\W\d_]*(?![^\W\d_])"
)
# What a person is in charge of; only where no word for pay stands by.
MANAGED = pattern(
    r"(?<![^\W\d_])(?:manage|managing(?!.(?:director|partner|editor))|oversee|overseeing|administer|handle"
    r"|responsib(?:le|ility) for|in charge of|verantworte(?:n|st|t)?|verantwort(?:ung|lich) für|verwalte(?:n|st|t)?"
    r"|ansvar(?:ar|lig)? f[oö]r|förvaltar?|forvalter?|hanterar|håndterer|verantwoordelijk voor|beheer(?:t|en)?"
    r"|gére[zr]|gérerez|pilote[zr]|piloterez|gestionar(?:ás)?|administrar(?:ás)?|manejar(?:ás)?|gestire|gestirai"
    r"|amministrerai)\s[^,;:.|•\n]{0,40}(?<!\s(?:at|on)\s)\Z"
)
STOPS = pattern(
    r"[.;|•\n()+&0-9$€£]|(?<![^\W\d_])(?:pluss?|and|including|incl|inclusive|excl|excluding|exclusive|with|und|inkl"
    r"|inklusive|exkl|einschl|zzgl|zuzüglich|sowie|mit|och|samt|og|inkludert|ekskl|eksklusive|med|en|met|exclusief"
    r"|inclusief|et|avec|hors|y|más|con|e|più|oltre)(?![^\W\d_])"
)
ASIDE = pattern(r",\s(?!(?:die|das|der|which|that|som|qui|que|che|dat|for|für|pour|para|per|för|voor|til)(?![^\W\d_]))")
# Other money named by the very words behind an amount: "$1,500 signing bonus", "50 € Sachbezug", "1 200 € de prime".
NEXT_WORDS = pattern(r"[ \u00a0-]?(?:[^\W\d_]+[ \u00a0'’-]{1,2}){0,2}[^\W\d_]+")
GIVEN = pattern(
    r"(?<![^\W\d_])(?:(?:pay|offer|get|zahlen|bieten|erhalten|payons|versons|pagamos|ofrecemos|paghiamo|offriamo|betalar"
    r"|betaler|betalen|ger|får|giver|gir)\s(?:[^\W\d_]+\s){0,3}|(?:an?|eine[nr]?|ett?|une?|una|uno|een)\s)\Z"
)
# What comes on top of pay: "AUD 88,000 plus superannuation".
EXTRAS_BEHIND = pattern(
    r"[\s\u00a0,(]{0,3}(?:pluss?|\+|&|zzgl|zuzüglich|exkl|ekskl|excl|inkl|incl|hors|más|più|sowie|samt|och|og|and"
    r"|und)[^;|•\n0-9]{0,24}(?:[0-9.,]{1,5}\s?%[^;|•\n0-9]{0,16})?(?<![^\W\d_])(?:super(?![^\W_])|superann|kiwisaver|bonus"
    r"|pension|tjänstepension|commission|provision|variab|altersvors|betriebliche alt|equity|stock|options|benefits"
    r"|overtime|vakantiegeld|urlaubsgeld|weihnachtsgeld|dertiende|intéressement|primes?(?![^\W_])|premi[oe](?![^\W_])"
    r"|buoni pasto|incentiv|feriepeng|tillägg|tillæg|tillegg)"
)
# What pay goes by: "up to 60k€ depending on experience".
BY_MERIT = pattern(
    r"[\s\u00a0,(–-]{0,4}(?:[^\W\d_]+[ /.]{1,2}){0,3}?(?:doe(?![^\W_])|(?:depend\w* (?:up)?on|based on|commensurate"
    r" with|according to|je nach|abhängig von|beroende på|afhængigt? af|avhengig av|afhankelijk van|naar|etter|efter"
    r"|selon|en fonction d[eu]|según|en función del?|in base all?|a seconda d\w+|commisurat\w+ all?|secondo)"
    r"[ '’](?:[^\W\d_]+[ '’]){0,3}?(?:experience|skills|qualif|erfahrung|berufserf|eignung|profil|erfarenhet|kompeten"
    r"|kvalifi|erfaring|ansienn|ancienn|anciennit|ervaring|kennis|expérience|compéten|diplôm|valía|experiencia|perfil"
    r"|esperienz|competenz))"
)
ON_TARGET = pattern(r"[\s\u00a0(]{0,2}(?:ote|on.target)(?![^\W\d_])")
# What may stand right behind a figure without currency; any other word says what it counts.
FOLLOWS_BARE = pattern(
    r"[ \t\u00a0]*(?:\Z|[^\w \t]|(?:per|pro|pa|a|an|im|i|om|par|por|al|plus|and|or|doe|je|nach|selon|según|secondo|pr"
    r"|beroende|avhengig|und|oder|och|og|for|in|inkl|incl|zzgl|ote|basic|base|annual|annually|yearly|monthly|hourly|fixe|fijo"
    r"|max|min|negotiable|en fonction|en función)(?![^\W\d_])|p\.|brut|gross|lord|nett|depend|based|jährl|monatl|stündl"
    r"|årlig|månad|månedl|jaarl|maandel|annu|anual|mens[iu]|afh|commis)"
)
GROSS = pattern(r"[ \u00a0]?(?:brut|gross|lord|nett|/\s?m|per m)")  # "2000 bruto" is no year
# Thousands without currency that need no word for pay before them: "24-27k annui lordi", "we offer around 55k a year",
# "circa 38k per month" where a line or a clause begins, "| circa 65k |".
GROSS_BEHIND = pattern(
    r"[\s(]{0,2}(?:(?:[^\W\d_]+[.'’/ ]{1,2}){0,2}?)(?:brut(?:to|os?|es?|s)?|lord[oi]|nett[oi]|netos?|gross)(?![^\W\d_])"
)
OFFERED = pattern(
    r"(?<![^\W\d_])(?:we (?:can |now )?offer|offering|wir bieten|bieten wir|vi (?:erbjuder|ger|tilbyder|tilbyr|giver"
    r"|gir)|(?:erbjuder|ger|tilbyder|tilbyr|giver|gir) vi|(?:wij|we) bieden|bieden (?:wij|we)|nous (?:proposons"
    r"|offrons)|ofrecemos|se ofrecen?|offriamo|si offre)\s(?:[^\W\d_]+['’.]?[^\W\d_]*\s){0,3}\Z"
)
LEADS = pattern(
    r"(?:\A|[\n|•;(–])[\s*–-]*(?:(?:circa|ca\.?|c\.|around|about|approx\.?|etwa|rund|cirka|omkring|rundt|environ|unos"
    r"|up to|from|bis zu|bis|ab|upp till|från|op til|fra|opptil|inntil|tot|vanaf|jusqu['’]à|à partir de|hasta|desde"
    r"|fino a|da|a partire da)\s?)?\Z"
)
ANNUAL = pattern(r"\s?(?:p\.?\s?a(?![^\W_])|per annum|annu[aei]|anual)")
CIRCA = pattern(r"(?:\A|[\n|•])[\s*–-]*(?:circa|cirka|ca\.?|c\.)\s?\Z")
CIRCA_ENDS = pattern(r"\s?(?:\Z|[|,+(–-])")
LEAST_CIRCA = 15_000
LIMIT = pattern(
    r"(?<![^\W\d_])(?:(min(?![^\W\d_])|minim(?:um|al|o)|minvalue|mind?ste|lägsta)|max(?![^\W\d_])|maxim(?:um|al)"
    r"|maxvalue|massimo|höchst|högsta|høyeste|højeste)|(mindest)"
)
KEYED_CURRENCY = pattern(r"currency(?:code)?[\"']?\s?[:=]\s?[\"']?([a-z]{3})(?![^\W_])")
KEYED_PERIOD = pattern(
    r"(?:unittext|period|interval[a-z]{0,4})[\"']?\s?[:=]\s?[\"']?(?:per )?(hour|day|week|month|year)(?![^\W_])"
)

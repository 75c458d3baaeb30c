"""Where the measures were published."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A publication: short for beside a figure, whole for the page that explains them."""

    short: str
    whole: str
    doi: str = ""


CARNEY = Source(
    "Carney et al. 2012",
    "Carney CE, Buysse DJ, Ancoli-Israel S, et al. The consensus sleep diary: standardizing "
    "prospective sleep self-monitoring. Sleep. 2012;35(2):287-302.",
    "10.5665/sleep.1642",
)
REED = Source(
    "Reed & Sacco 2016",
    "Reed DL, Sacco WP. Measuring sleep efficiency: what should the denominator be? "
    "J Clin Sleep Med. 2016;12(2):263-266.",
    "10.5664/jcsm.5498",
)
FISHER = Source(
    "Fisher 1993",
    "Fisher NI. Statistical Analysis of Circular Data. Cambridge University Press; 1993.",
)
MARDIA = Source(
    "Mardia 1972",
    "Mardia KV. Statistics of Directional Data. Academic Press; 1972.",
)
PHILLIPS = Source(
    "Phillips et al. 2017",
    "Phillips AJK, Clerx WM, O’Brien CS, et al. Irregular sleep/wake patterns are associated "
    "with poorer academic performance and delayed circadian and sleep/wake timing. "
    "Sci Rep. 2017;7:3216.",
    "10.1038/s41598-017-03171-4",
)
WITTMANN = Source(
    "Wittmann et al. 2006",
    "Wittmann M, Dinich J, Merrow M, Roenneberg T. Social jetlag: misalignment of biological "
    "and social time. Chronobiol Int. 2006;23(1-2):497-509.",
    "10.1080/07420520500545979",
)
ROENNEBERG = Source(
    "Roenneberg et al. 2019",
    "Roenneberg T, Pilz LK, Zerbini G, Winnebeck EC. Chronotype and social jetlag: a "
    "(self-)critical review. Biology. 2019;8(3):54.",
    "10.3390/biology8030054",
)
SOURCES = [CARNEY, REED, MARDIA, FISHER, PHILLIPS, WITTMANN, ROENNEBERG]

"""The Sigma path: rule files to rules, all rules to one bitmap index, correlations over its hits."""

from seawall.detect.sigma.bitmap import Cost, Index, Matches
from seawall.detect.sigma.correlating import Hit, Window, correlate
from seawall.detect.sigma.correlations import Correlation
from seawall.detect.sigma.fields import SOURCES, bind
from seawall.detect.sigma.loading import Loaded, load, load_text
from seawall.detect.sigma.rule import Filter, Logsource, Metadata, Problem, SigmaRule
from seawall.detect.sigma.scanning import scan

__all__ = [
    "SOURCES",
    "Correlation",
    "Cost",
    "Filter",
    "Hit",
    "Index",
    "Loaded",
    "Logsource",
    "Matches",
    "Metadata",
    "Problem",
    "SigmaRule",
    "Window",
    "bind",
    "correlate",
    "load",
    "load_text",
    "scan",
]

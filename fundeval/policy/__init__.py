"""By which rules: dated, cited parameters, read strictly."""

from fundeval.policy.load import find_file, load
from fundeval.policy.policy import InForce, Policy, Rules

__all__ = ["InForce", "Policy", "Rules", "find_file", "load"]

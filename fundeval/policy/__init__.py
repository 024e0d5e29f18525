"""By which rules: dated, cited parameters, read strictly."""

from fundeval.policy.load import load
from fundeval.policy.policy import InForce, Policy, Rules

__all__ = ["InForce", "Policy", "Rules", "load"]

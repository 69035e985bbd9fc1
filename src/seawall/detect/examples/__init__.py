"""Events in which a rule must fire (`FIRES`) and must not (`QUIET`): one file per rule, named as the rule's file."""

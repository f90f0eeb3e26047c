# Loaded by Python before a program of the mockup: the same chance in each run, so that the pipeline
# does not fail and the recipe is none for a person, and waiting times multiplied by the pace.

import os
import random
import time

random.seed(os.environ.get("MIXED_SEED", "1"))

_pace = float(os.environ.get("MIXED_PACE", "1"))
_sleep = time.sleep


def _paced(seconds):
    _sleep(max(seconds * _pace, 0.05))


time.sleep = _paced

# SPDX-License-Identifier: Apache-2.0
"""Points for facts: a logistic regression on the scale of interface.md §2, where a sum of `TAG` is
as likely spam as not. No intercept: a message without facts has no points.

Facts against a message never get negative points, facts for it never positive ones. Points are held
near a prior, which is what people think of a fact: what the corpora cannot tell (a trick that is
younger than their spam) keeps it, what they contradict loses it.
"""
import math

TAG = 3.5
STEEPNESS = 1.3  # of the probability at TAG, per point
HAM_WEIGHT = 5.3  # one honest message lost weighs as much as so many of spam passed
LEAST = -1.0
RARE = 60  # seen so often in spam, a fact is held half as much by its prior as one never seen


class Rows:
    """Messages as (facts by index, points of facts that are not fitted, 1 or -1, weight)."""

    def __init__(self, messages, names):
        index = {name: i for i, name in enumerate(names)}
        groups = {}
        for message in messages:
            key = message.corpus, message.is_spam
            groups[key] = groups.get(key, 0) + 1
        self.rows = []
        for message in messages:
            size = groups[message.corpus, message.is_spam]
            # Large corpora weigh more than small ones, but not by their size; what is rare here,
            # such as newsletters, is common elsewhere.
            weight = max(size, 300) ** 0.5 / size * (1 if message.is_spam else HAM_WEIGHT)
            facts = tuple(index[f] for f in message.facts if f in index)
            self.rows.append((facts, round(message.fixed, 1), 1 if message.is_spam else -1, weight))
        total = sum(row[3] for row in self.rows)
        self.rows = [(f, b, y, w / total) for f, b, y, w in self.rows]


def score(points, facts):
    return sum(points.get(f, 0) for f in facts)


def fit(messages, priors, strength=0.0001, rounds=400):
    """{fact: points} for the facts of `priors` (a negative prior marks a good sign)."""
    names = sorted(priors)
    rows = Rows(messages, names).rows
    prior = [priors[n] for n in names]
    seen = [0] * len(names)
    for facts, _, y, _ in rows:
        for i in facts:
            seen[i] += y > 0
    hold = [2 * strength * (1 + RARE / (1 + count)) for count in seen]
    # Facts that stand in the same messages are one row with their weights summed.
    merged = {}
    for facts, base, y, weight in rows:
        merged[facts, base, y] = merged.get((facts, base, y), 0) + weight
    rows = [(*key, weight) for key, weight in merged.items()]
    most = [min(3.5, 2 * p + 0.6) if p < 3.5 else p for p in prior]
    points = prior[:]
    squares = [1e-8] * len(names)
    for turn in range(rounds):
        gradient = [h * (p - q) for p, q, h in zip(points, prior, hold)]
        for facts, base, y, weight in rows:
            margin = y * STEEPNESS * (base + sum(points[i] for i in facts) - TAG)
            pull = -y * STEEPNESS * weight / (1 + math.exp(min(margin, 50)))
            for i in facts:
                gradient[i] += pull
        step = 0.5 / (1 + turn / 25)
        for i, g in enumerate(gradient):
            squares[i] += g * g
            moved = points[i] - step * g / math.sqrt(squares[i])
            points[i] = min(most[i], max(0, moved)) if prior[i] > 0 else max(LEAST, min(0, moved))
    return {n: round(p, 1) + 0.0 for n, p in zip(names, points)}

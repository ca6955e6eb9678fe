"""The words of the page; its figures come from the raw results."""

TITLE = """---
hide:
  - toc
---

# Benchmark

gradproof and every checker that could be installed beside it, on generated cases, all with their defaults. Measured
{date} with Python {python}: {versions}{others}. This page is written by the benchmark from `bench/results/versus.json`:

```sh
python -m pip install ".[bench,torch,jax,scipy,frameworks,test]"
python -m bench.versus          # runs what is missing, writes the results, the plots and this page
python -m bench.versus --page   # this page alone
```

The cases are generated from seeds: small and large networks, operators, hard functions (kinks, noise, large constants,
bad scales, steep, oscillating), problems of optimisation and statistics, up to {largest} parameters; {singles} % in
single precision. Each has its gradient written by hand, which tests verify by complex steps. A wrong case has one
planted mistake: a factor, a sign, a row, an entry, a transposed or exchanged leaf, a term, a stale point and others,
of relative errors down to 1e-5 (3e-3 in single precision), uniform in the logarithm where the kind has a size. The
list was committed with a fingerprint before the first run, and a test holds the generator to it.

## gradproof on all cases

{right} right and {wrong} wrong gradients. The last column is the bound of Clopper and Pearson, 95 %, on the share that
the counts allow: none of {right} still allows {zero} %.
"""

FIRST = """
The first run called {first_alarms} right gradients wrong, {first_singles} of them networks in single precision whose
kinks lie closer than the steps that are used and farther than those that show nothing beside rounding; it passed
{first_missed} wrong ones, {first_above} of them 1,000 times above the resolution. The false alarms were mended in
gradproof, with tests, and not in the list, so the figures above are no blind trial of what was mended. Right gradients
that are accused still: {accused}. `bench/results/versus.first.json` has the answers of the first run that were not as
they should be.
"""

VERDICTS = """
## Everybody on the same cases

A random {subset} of them, half right and half wrong, chosen when the list was committed; {limit} s of the processor for
a case. In percent of the right, of the wrong, of all, and of the wrong that were caught and whose leaf was told. Those
in double precision first, since gradcheck, autograd, the course and the notes are meant for it:
"""

SINGLE = """
And those in single precision:
"""

FAMILIES = """
![Shares of wrong answers of each checker](assets/benchmark-verdicts.svg)

False alarms / misses in double precision by family, in percent:
"""

SIZES = """
Misses depend on the sizes that are planted. By size:

![Mistakes called wrong against their relative size](assets/benchmark-sizes.svg)
"""

COSTS = """
## What a check costs

Median evaluations of the objective, of right gradients that pass / of wrong ones, by the number of parameters:
"""

BEFORE = """
One layer, right / with one wrong row, each peer in a process of its own, in seconds of the processor; "-" where
{limit_size} s do not suffice (beyond a million parameters: {limit_size} s for each million), or would not by the size
before. The machine has two cores, shared with others.
"""

BARS = """
![Evaluations and seconds against the number of parameters](assets/benchmark-scale.svg)

What a check of a right gradient adds to the peak of memory, in copies of the parameters, the temporary arrays of the
objective among them:

{memory}

- At ten parameters the peers are faster: a loop over ten entries is twenty evaluations and no more. JAX, autograd and
  PyTorch's fast mode spend two to four evaluations, or two for each leaf, on a right gradient of any size, fewer than
  gradproof, which spends the rest on knowing its own error. JAX and autograd do not say which leaf is wrong; PyTorch's
  fast mode runs through the entries of the leaf that fails to name it.
- Of a thousand parameters or more, all that name the leaf spend more evaluations on a wrong gradient than gradproof,
  but for PyTorch's fast mode where it misses the mistake or the leaf is small, for cs231n's ten entries, which miss
  more, and for derivcheck, which stops at the first entry that it dislikes, often without a verdict.

## How honest the error bars are

One-dimensional functions whose derivatives are known to 45 digits, in double and single precision and with noise:
whether the truth lies within the error that each library states, and within ten times it. Errors and bars are relative
to the derivative.
"""

AFTER = """
![Shares of true derivatives inside the stated error](assets/benchmark-bars.svg)

## How to read it

- *torch* is `torch.autograd.gradcheck` with a function of the leaves, as it is and with `fast_mode=True`; *JAX* and
  *autograd* are their `check_grads` in reverse mode, first order, one seed; *SciPy* is `check_grad`, read as passed
  below 1e-4 of the norm of the claim; *the course* is its formula with step 1e-7 and threshold 2e-7; *cs231n* is its
  loop over ten random entries, where its notes' 1e-2 is wrong, 1e-4 right, and between them nothing is said;
  *derivcheck* is `assert_deriv`; *numdifftools*, *jacobi* and *scipy.differentiate* estimate derivatives with an
  error, and compare nothing: a claim passes if each entry lies within ten of their errors, or 1e-9 of the largest.
- The libraries that estimate with an error were never meant to give verdicts; the reading is ours, and another one
  trades false alarms for misses. gradcheck is meant for double precision and says so.
- A right leaf: the leaves called wrong are those that were planted; for peers, the one that they name, or that holds
  the entry that is furthest off. SciPy's number, JAX and autograd name none.
- A mistake is named as planted if its kind is, with the factor, the entry or the row; of mistakes that have no name
  (an error in every entry, a stale point) only the place. Every statement of a report is held against the exact
  gradient: if one is not true of the numbers, the whole counts as false, whatever was planted; if all are, it is
  another reading (a leaf that is zero but for one unit has a wrong factor when its only row has), or only the place.
  Leaves of one or two entries are left out, since there most mistakes are one another. What was false was mended in
  gradproof where its cause was found, so these figures are no blind trial either.
- *No answer*: stopped by the limit, or an exception of the peer's own.
- *Open* is an answer of gradproof's: noise hides what is asked, or a kink. Peers without such an answer must guess.
- In double precision the false alarms of peers are nearly all among the hard functions, and what they miss is small or
  beside large entries. What gradproof misses is mostly an error below what noise, rounding or a kink lets it see, and
  the report says how large that is. numdifftools and the course's formula miss next to nothing, and accuse more.
- The cases are of our making. What they plant is what we thought of, and the share of hard functions is a choice: on
  plain, smooth functions near 1 all peers are right, and the simpler tools.
"""

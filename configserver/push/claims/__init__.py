"""Claims of replicas: of a change that several have found, one tells, and the others know of it.

In ten lines. A replica that found whom a change concerns says so: a `Claim`, with a count of its
own that grows. It gives the others a head start, in which they find the change and claim it too.
Then it tells those of whom no claim by a smaller id stands. Of all others it waits until that one
says `Done`; a claim lapses when its replica has been silent for the hold time, or has failed to
tell. `Done` names the counts of all claims that were heard before the telling began: only what a
replica had found by then need not be told again, because whoever is told may ask any replica. What
is lost or late on the way between replicas makes them tell twice, and never not at all.
"""

"""The judge on trial: its error rates on draws whose truth is known, on real banks of draws, and on wrong theories.

- `beds`, `banks`: where draws come from; `kinds`: what is judged; `judge`: how often the verdict is right;
- `kill_matrix`: which wrong theories the recorded evidence kills; `fresh_seeds`: the suite on seeds of its own;
- `findings`: where a measured rate misses what the judge promises; `page`, `parts`: the files.
"""

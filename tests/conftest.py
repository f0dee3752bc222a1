import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # before numpy is imported: two threads collapse on a busy machine

os.environ["SCALEPROOF_STORE"] = "none"  # tests simulate; those of the store name their own

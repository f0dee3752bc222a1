"""Lottery-ticket ensembling (Liu & Tegmark 2023), simulated: networks that are averages of random neurons."""

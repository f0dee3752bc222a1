"""Lottery-ticket ensembling (Liu & Tegmark 2023): averages of random neurons whose loss is known exactly."""

"""The report as a site of static pages: an index of all claims, one page per claim, the papers, the judge, the engine.

Every page stands alone: it loads nothing, neither from a network nor from its neighbours. `writer` writes the site,
`pictures` draws the figures of a claim, `formulas` knows its formula, `mathml` typesets it, `words` says the verdict
to somebody who has never seen one, `sources` gives BibTeX, `publication` writes the figures as PDF and SVG.
"""

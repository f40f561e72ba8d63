"""From feature rows to a judged model: arrays and bytes in, dataclasses and bytes out.

A run's steps, each in a package of its own that may import only those before it:

``rows``       feature rows as arrays
``split``      which rows are training rows and which are test rows
``measure``    metrics, their intervals and curves
``records``    what a fit leaves for later steps
``pipelines``  a candidate as a pipeline of scikit-learn
``compile``    a fitted pipeline as a scoring program
``fit``        cross-validation of candidates, and the best one fitted on all training rows
``judge``      the evaluation on test rows, and the gate's verdict
``card``       the model card, as a document and as a page

Nothing is imported here, so that a step loads only the libraries that it needs.
"""

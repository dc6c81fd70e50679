"""Presidio on one file of text, in an environment of its own: prints `what<tab>megabytes per CPU-second`; imports nothing of suyuan.

No language model: a blank spaCy pipeline, so that only its patterns and check digits are measured.
"""

import sys
import time
from pathlib import Path

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine


class BlankNlp(NlpEngine):
    """spaCy's tokenizer and nothing else."""

    engine_name = "spacy"
    is_available = True

    def __init__(self) -> None:
        self.nlp = None

    def load(self) -> None:
        self.nlp = spacy.blank("en")

    def is_loaded(self) -> bool:
        return self.nlp is not None

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        document = self.nlp(text)
        return NlpArtifacts(
            entities=[], tokens=document, tokens_indices=[token.idx for token in document],
            lemmas=[token.text for token in document], nlp_engine=self, language=language,
        )  # fmt: skip

    def process_batch(self, texts, language, batch_size=1, n_process=1, **kwargs):
        return ((text, self.process_text(text, language)) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:
        return False

    def is_punct(self, word: str, language: str) -> bool:
        return False

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return ["en"]


def main() -> None:
    text = Path(sys.argv[1]).read_text("utf-8")
    lines, size = text.splitlines(), len(text.encode()) / 1e6
    # Its list of top-level domains as it was packed: no measurement waits for a network.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())
    nlp = BlankNlp()
    nlp.load()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=nlp)
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])
    analyzer.analyze(text=lines[0], language="en")
    begun = time.process_time()
    found = sum(len(analyzer.analyze(text=line, language="en")) for line in lines)
    print(f"Presidio AnalyzerEngine, blank spaCy ({found:,} found)\t{size / (time.process_time() - begun):.4f}")
    patterns = [r for r in registry.recognizers if isinstance(r, PatternRecognizer)]
    begun = time.process_time()
    found = sum(len(r.analyze(line, r.supported_entities, None)) for line in lines for r in patterns)
    print(
        f"Presidio's {len(patterns)} pattern recognisers alone ({found:,} found)\t{size / (time.process_time() - begun):.4f}"
    )


if __name__ == "__main__":
    main()

/** A phrase that is not plain technical English. */
export interface Phrase {
  /** Source of a regular expression for whole words. A space also matches a line break inside a comment. */
  readonly phrase: string;
  /** What to write instead. */
  readonly instead: string;
}

export const phrases: readonly Phrase[] = [
  { phrase: "tell|tells|told", instead: "reports, logs, prints or returns" },
  { phrase: "(?:let|lets|letting) in", instead: "accepts" },
  { phrase: "(?<!there )(?:is|are) no(?! (?:longer|more|less|such) )(?= [a-z]+)", instead: "is not a" },
  { phrase: "besides", instead: "also, in addition or apart from" },
  { phrase: "anew", instead: "again" },
  { phrase: "words of", instead: "the message or the text of" },
  { phrase: "(?:hear|hears) of", instead: "receives or is notified" },
  { phrase: "(?:know|knows) nothing", instead: "does not depend on or has no information about" },
  { phrase: "(?:nobody|somebody)", instead: "the user, the client or the passive voice" },
  { phrase: "so much", instead: "at most or this amount" },
  { phrase: "on (?:its|their) word", instead: "without verifying it" },
  { phrase: "for ever", instead: "indefinitely" },
];

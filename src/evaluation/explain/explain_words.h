// The texts of the page of haina explain, a set for each language.
#pragma once

#include "evaluation/report_words.h"

namespace haina::report {

struct ExplainWords {
  Phrase<Word> title;                       // dataset
  Phrase<Word, Word, Word, Word> subtitle;  // version, users looked at, users, items
  SectionWords experts, groups, sources;
  Phrase<> values_title;
  Phrase<Word, Word, Word> values_introduction;  // users, choosing users, items
  Phrase<Word, Word, Word> values_base;          // popularity, goal events, all sources
  Phrase<Word, Word> values_of_items;            // items, of items
  Phrase<> values_by_file;
  Phrase<Word> values_left_out;  // fields
  Phrase<> helps, harms, unsure;
  Phrase<> numbers_title;
  Phrase<> numbers_introduction;
  Phrase<Word, Word> numbers_taken;  // users, items
  Phrase<> map_title;
  Phrase<Word> map_introduction;  // percent of the variance
  Phrase<> cluster, items, telling, typical, model;
  Phrase<Word, Word> share_note;  // share, weight
  Phrase<> experts_plot, sources_plot, values_plot, map_plot;
  Phrase<Word> number_plot;  // field
};

const ExplainWords& explain_words(Language language);

// A name of the document as the page shows it: of a group of users, of evidence; others as they are.
std::string explain_name(Language language, const std::string& name);

}  // namespace haina::report

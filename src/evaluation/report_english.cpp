// The report in English. The document's keys and texts are English already.
#include "evaluation/report_words.h"

namespace haina::report {

constinit const ReportWords kEnglish = {
    .language = "en",
    .page_title = "Haina: evaluation",
    .page_title_of = "Haina: evaluation of {}",
    .heading = "Evaluation",
    .heading_of = "Evaluation of {}",
    .nothing_measured = "Nothing was measured.",
    .subtitle = "Quality of recommendations, measured on events that no model was trained on.",
    .contents = "contents",
    .card_interval = "95% interval {} – {}",
    .share_shown = "share of items ever shown",
    .gain_over = "gain over the best other model, {}",
    .models_title = "{} of each model",
    .models_introduction =
        "How well the first {} places of a list match what the user chose next; places near the top count more. Thin "
        "lines are 95% bootstrap intervals over users.",
    .models_introduction_plain =
        "How well the first {} places of a list match what the user chose next. Thin lines are 95% bootstrap intervals "
        "over users.",
    .examples = {.title = "Example lists",
                 .introduction = "Three of the test users. ✓ marks what the user then took; items that were taken "
                                 "before are in no list."},
    .metrics = {.title = "All metrics",
                .introduction =
                    "Means over users; the best value of each column is marked. Gini, novelty, diversity and "
                    "exposure describe lists and have no best value. cold_exposure and new_exposure: the "
                    "share of places held by items with fewer than 5 training events, and with none. "
                    "miscalibration: how far a list's mix of categories is from the history's; 0 is the "
                    "same mix."},
    .differences = {.title = "Haina against each of its models",
                    .introduction = "Paired differences on the same users. p-values are corrected for the number of "
                                    "models (Holm)."},
    .better = "better",
    .worse = "worse",
    .unsure = "not clear: the interval includes zero, or p is 0.05 or more",
    .ablation = {.title = "What each source adds",
                 .introduction =
                     "How the metric changes when Haina is trained without a source, and without all that describe "
                     "items, or users, together (sources that say the same cover for each other): one training each, "
                     "with one seed. Another seed changes the metric too, which these intervals (over users) do not "
                     "cover: before a source is left out (haina train --exclude), compare with and without it under "
                     "other seeds ([train] seed). p-values are corrected for the number of rows (Holm)."},
    .falls = "it falls: the source helps here",
    .rises = "it rises: the source may harm, to be checked",
    .weights = {.title = "Source weights",
                .introduction = "The part of the score of users' ten best items that each model gives, and the mean "
                                "weight of each source in the item vectors of the fusion network. haina explain says "
                                "more."},
    .curves = {.title = "Learning curves", .introduction = "The ring marks the best value."},
    .groups_title = "Cold and warm users and items",
    .groups_introduction =
        "{} of users with fewer than 5 events in their history, of other users, and of held-out items with fewer than "
        "5 events (cold) or no event (new) in training.",
    .actions = {.title = "Predicted actions",
                .introduction =
                    "The model predicts a probability for each action and each candidate; here it is compared with "
                    "what users did in the test part. expected: the sum of the probabilities, to compare with done. "
                    "AUC: 1 is perfect, 0.5 is chance. A log-loss below log_loss_of_the_share (one probability for "
                    "all pairs) means that the prediction helps."},
    .sampled_title = "Among {} published candidates",
    .sampled_introduction =
        "Only each user's held-out items and the candidates published with the data are ranked. These numbers are far "
        "higher than those above: compare them only with numbers on the same candidates.",
    .quality = {.title = "Data quality", .introduction = "What each rule found while the data was read and cleaned."},
    .models_plot = "{} of each model with 95% intervals",
    .bar_interval = " (95% interval {} to {})",
    .over = "over {}",
    .without = "without {}",
    .differences_in = "differences in {}",
    .other_metrics = "By other metrics",
    .weights_plot = "weights of the sources",
    .validation = "validation",
    .curve = "{} by {}",
    .group_users = "{} (users: {})",
    .group_plot = "{} of {}",
    .none_found = "No model finds any: {} is 0 for all {}.",
    .model = "model",
    .beyond_accuracy = "Beyond accuracy",
    .at_length = "At {}",
    .other_lengths = "Other list lengths",
    .none = "none",
    .and_more = "{} and {} more",
    .user = "user {}",
    .no_history = "no history",
    .took_last = "took last: {}",
    .stage_seconds = "{} {} s",
    .verdict =
        {.one_user = "Only {:.0f} test user: too few to tell models apart. Take the numbers as a first look, and "
                     "evaluate again with at least {:.0f}.",
         .few_users = "Only {:.0f} test users: too few to tell models apart. Take the numbers as a first look, and "
                      "evaluate again with at least {:.0f}.",
         .no_other_model = "There is no other model to compare with.",
         .incomparable = "The models cannot be compared by {}.",
         .better_than_popularity = "better than popularity by {}",
         .worse_than_popularity = "worse than popularity ({} {}, 95 % interval {} to {})",
         .not_better_than_popularity = "not better than popularity ({} {}, 95 % interval {} to {})",
         .and_popularity = ", and are {}",
         .better = "Haina's lists are better than the best single model ({}) by {} {}{}: use them.",
         .no_taste = "No model beats popularity: the events show no taste beyond what is popular, or [project] goal or "
                     "[split] does not fit these data.",
         .only_popularity = "Haina's lists are {}. {}",
         .worse = "Haina's lists are worse than {0} alone by {1} {2} (95 % interval {3}){4}: try haina train --budget "
                  "10m; else serve {0} alone with [train] network = \"none\" and [train.experts.{0}].",
         .worse_than_network =
             "Haina's lists are worse than {0} alone by {1} {2} (95 % interval {3}){4}: try haina train "
             "--budget 10m, which looks for a better blend.",
         .luck = "; the best of {} models on {:.0f} users is partly luck",
         .vague = "cannot be told apart from those of the best single model ({}) with {:.0f} test users",
         .same = "are as good as the best single model ({}) within noise",
         .use = "use them.",
         .use_either = "use them or {} alone.",
         .within_noise = "Haina's lists {} ({} {}, 95 % interval {}{}){}: {}",
         .percents = "{:+.1f} to {:+.1f} %",
         .amounts = "{:+.4f} to {:+.4f}"},
    .keys = {},
    .values = {},
};

}  // namespace haina::report

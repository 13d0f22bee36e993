#include "config/recipes.h"

#include <array>

namespace haina {
namespace {

constexpr auto kRecipes = std::to_array<Recipe>({
    {"A log for each action",
     "One file a kind of event. The source's name is the action of its rows; `goal` names the actions to recommend "
     "for. "
     "The others count as evidence of interest.",
     R"([project]
goal = ["purchases"]

[[source]]
name = "views"
kind = "events"
path = "exports/views.csv"
columns = { user = "user_id", item = "product_id", time = "viewed_at:iso" }

[[source]]
name = "carts"
kind = "events"
path = "exports/carts.csv"
columns = { user = "user_id", item = "product_id", time = "added_at:iso" }

[[source]]
name = "purchases"
kind = "events"
path = "exports/purchases.csv"
columns = { user = "user_id", item = "product_id", time = "bought_at:iso" }
)"},
    {"One log with a column of actions",
     "A clickstream: the column says what each row is. The goal is one of its values, or several.",
     R"([project]
goal = ["purchase"]

[[source]]
name = "clicks"
kind = "events"
path = "exports/clicks.parquet"
columns = { user = "visitor_id", item = "sku", action = "event_type", time = "timestamp:ms", context = ["device"] }
)"},
    {"Ratings, and items with tags",
     "Stars from 1 to 5: ratings of 4 and 5 are wanted, lower ones say what a user does not want. The catalog has a "
     "title, a price, and genres in one cell (`Action|Comedy`); `tag` is a word that a user gave to an item.",
     R"([project]
goal = ["rating >= 4"]

[[source]]
name = "ratings"
kind = "events"
path = "exports/ratings.csv"
columns = { user = "userId", item = "movieId", value = "rating", time = "timestamp:s" }

[[source]]
name = "movies"
kind = "items"
path = "exports/movies.csv"
columns = { item = "movieId", title = "text", genres = "tags:|", price = "number", studio = "category" }

[[source]]
name = "tags"
kind = "events"
path = "exports/tags.csv"
columns = { user = "userId", item = "movieId", tag = "tag", time = "timestamp:s" }
)"},
    {"Trust and friends",
     "Pairs of users, with a weight where some ties are stronger. Lists then also come from what friends took.",
     R"([project]
goal = ["rating >= 3"]

[[source]]
name = "ratings"
kind = "events"
path = "exports/ratings.txt"
delimiter = " "
header = "no"
columns = { user = "#1", item = "#2", value = "#3" }

[[source]]
name = "trust"
kind = "social"
path = "exports/trust.txt"
delimiter = " "
header = "no"
columns = { user = "#1", other = "#2", weight = "#3" }
)"},
    {"Impressions",
     "What was shown, beside what was clicked: one row for each shown item. Impressions are never a goal.",
     R"([project]
goal = ["clicks"]

[[source]]
name = "shown"
kind = "impressions"
path = "exports/shown.csv"
columns = { user = "user_id", item = "video_id", time = "shown_at:s" }

[[source]]
name = "clicks"
kind = "events"
path = "exports/clicks.csv"
columns = { user = "user_id", item = "video_id", time = "clicked_at:s" }
)"},
    {"Baskets without customers",
     "Lines of orders, without knowing who ordered: each order stands for a user. Ask for what goes with a basket: "
     "`haina recommend --history milk,bread`. The test is the last article of each basket.",
     R"([[source]]
name = "lines"
kind = "events"
path = "exports/order_lines.csv"
columns = { user = "order_id", item = "article", weight = "quantity" }

[split]
by = "random"
)"},
    {"Vectors of items",
     "One embedding for each item, from any model of texts or pictures: numbers in one cell, separated by blanks. Ids "
     "that no other source has become items too.",
     R"([[source]]
name = "reads"
kind = "events"
path = "exports/reads.csv"
columns = { user = "reader", item = "article", time = "at:s" }

[[source]]
name = "embeddings"
kind = "vectors"
path = "exports/embeddings.csv"
columns = { item = "article", embedding = "vector: " }
)"},
    {"Two shops with different ids",
     "The second shop's products are found by their titles; its customers through a file of two columns (id there, id "
     "here).",
     R"([[source]]
name = "orders"
kind = "events"
path = "shop-a/orders.csv"
columns = { user = "customer", item = "product", time = "date:iso" }

[[source]]
name = "products"
kind = "items"
path = "shop-a/products.csv"
columns = { item = "product", title = "text" }

[[source]]
name = "orders_b"
kind = "events"
path = "shop-b/orders.csv"
action = "orders"
ids = { user = "shop-b/customers.csv" }
columns = { user = "kunde", item = "artikel", time = "datum:iso" }

[[source]]
name = "products_b"
kind = "items"
path = "shop-b/products.csv"
columns = { item = "artikel", name = "name" }

[[align]]
side = "item"
source = "products_b"
to = "products"
by = "title"
column = "name"
to_column = "title"
)"},
    {"A file for each month",
     "Files of one form are one source: `*` stands for what differs. New months are read by the next `haina prepare`.",
     R"([[source]]
name = "plays"
kind = "events"
path = "exports/plays-*.csv"
columns = { user = "user", item = "song", time = "played_at:s" }
)"},
    {"Pictures, sounds and films",
     "One file for each item: `{item}` stands for its id. `haina prepare` decodes each file once, in a process of its "
     "own, and "
     "keeps a vector of colours, shapes and textures; what cannot be decoded is in `rejects/`. Sounds and films "
     "likewise; "
     "an archive is read without unpacking: `path = \"photos.tar/{item}.jpg\"`. Vectors of a network of your own are a "
     "source beside them.",
     R"([[source]]
name = "orders"
kind = "events"
path = "exports/orders.csv"
columns = { user = "customer", item = "product", time = "date:iso" }

[[source]]
name = "photos"
kind = "media"
path = "photos/{item}.jpg"

[[source]]
name = "photo_vectors"
kind = "vectors"
path = "exports/photo_vectors.csv"
columns = { item = "product", vector = "vector:;" }
)"},
    {"A new shop without events",
     "The catalog alone: lists come by content, and learn from the events that `haina serve` receives. An `events.csv` "
     "with a header alone may stand there from the first day on. Train again with `haina train --from-store "
     "sqlite://live.db` when some dozens of users have come back.",
     R"([[source]]
name = "catalog"
kind = "items"
path = "exports/catalog.csv"
columns = { item = "sku", title = "text", category = "category", tags = "tags:|", price = "number" }

[[source]]
name = "events"
kind = "events"
path = "exports/events.csv"
columns = { user = "user_id", item = "sku", action = "action", time = "time" }

[split]
by = "time"
)"},
});

}  // namespace

std::span<const Recipe> config_recipes() { return kRecipes; }

}  // namespace haina

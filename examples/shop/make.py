#!/usr/bin/env python3
"""Writes orders.csv and products.csv of a made-up outdoor shop, the same files each time. Usage: examples/shop/make.py

Customers like one or two departments; within a department some products are bought together, and two are new each month."""
import csv
import datetime
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
KINDS = {"Climbing": ("rope", "harness", "chalk bag", "carabiner", "helmet", "climbing shoes"),
         "Camping": ("tent", "sleeping bag", "stove", "headlamp", "camping mat", "cook set"),
         "Running": ("running shoes", "running vest", "bottle", "cap", "running watch", "socks"),
         "Cycling": ("bike light", "pump", "cycling gloves", "bell", "lock", "saddle bag")}
BRANDS = ("Alta", "Borealis", "Cairn", "Dune")


def main() -> None:
    draw = random.Random(7)
    products = []
    for department, kinds in KINDS.items():
        for kind in kinds:
            for brand in draw.sample(BRANDS, 3):
                products.append((f"P{len(products) + 101}", f"{brand} {kind}", department, brand, round(draw.uniform(8, 240), 2)))
    with open(HERE / "products.csv", "w", newline="") as file:
        csv.writer(file).writerows([("product_id", "title", "department", "brand", "price"), *products])
    orders = []
    start = datetime.datetime(2026, 1, 1, 8, 0)
    for customer in range(1, 241):
        liked = draw.sample(list(KINDS), draw.choice((1, 1, 2)))
        mine = [product for product in products if product[2] in liked]
        brand = draw.choice(BRANDS)
        when = start + datetime.timedelta(minutes=draw.randrange(200 * 24 * 60))
        for product in draw.sample(mine, min(len(mine), draw.randrange(5, 14))):
            if product[3] != brand and draw.random() < 0.35:
                product = draw.choice([other for other in mine if other[3] == brand] or [product])
            orders.append((f"C{customer:03}", product[0], draw.choice((1, 1, 1, 2)), when.isoformat()))
            when += datetime.timedelta(minutes=draw.randrange(30, 12 * 24 * 60))
    orders.sort(key=lambda order: order[3])
    with open(HERE / "orders.csv", "w", newline="") as file:
        csv.writer(file).writerows([("customer_id", "product_id", "quantity", "time"), *orders])


if __name__ == "__main__":
    main()

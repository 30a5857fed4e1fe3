"""Writes ROWS order items as CSV, the same bytes at each run; one row in a thousand has a negative price.

With `dirty`, one row in four has a negative price and another one in four a field too many.
"""

import datetime
import random
import sys

target, rows, dirty = sys.argv[1], int(sys.argv[2]), sys.argv[3:] == ["dirty"]
draw = random.Random(1)
start = datetime.datetime(2017, 1, 1)
with open(target, "w", encoding="utf-8") as file:
    file.write('"order_id","order_item_id","product_id","seller_id","shipping_limit_date","price","freight_value"\n')
    for row in range(rows):
        order, product, seller = (f"{draw.getrandbits(128):032x}" for _ in range(3))
        limit = start + datetime.timedelta(seconds=draw.randint(0, 60_000_000))
        price = draw.random() * 300 if row % (4 if dirty else 1000) else -1
        more = ",more" if dirty and row % 4 == 1 else ""
        file.write(
            f'"{order}",{draw.randint(1, 3)},"{product}","{seller}",'
            f"{limit},{price:.2f},{draw.random() * 30:.2f}{more}\n"
        )

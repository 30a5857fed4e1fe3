"""What a vectorized pandas function makes of order items: typed and checked rows to Parquet, the others aside with their reasons."""

import sys

import pandas as pd

source, valid_path, rejected_path = sys.argv[1:4]
rows = pd.read_csv(source, dtype=str, keep_default_na=False, na_values=[""])
reasons = pd.Series("", index=rows.index)


def reject(mask: pd.Series, reason: str) -> None:
    if mask.any():
        reasons.loc[mask] = reasons.loc[mask] + reason + "; "


typed = pd.DataFrame(index=rows.index)
for column in ("order_id", "product_id", "seller_id"):
    typed[column] = rows[column]
    reject(rows[column].isna(), f"{column} is missing")
number = pd.to_numeric(rows["order_item_id"], errors="coerce")
reject(number.isna() | (number < 1) | (number % 1 != 0), "order_item_id is no positive number")
typed["order_item_id"] = number
typed["shipping_limit_date"] = pd.to_datetime(rows["shipping_limit_date"], format="%Y-%m-%d %H:%M:%S", errors="coerce")
reject(rows["shipping_limit_date"].notna() & typed["shipping_limit_date"].isna(), "shipping_limit_date is no time")
for column in ("price", "freight_value"):
    typed[column] = pd.to_numeric(rows[column], errors="coerce")
    reject(rows[column].notna() & typed[column].isna(), f"{column} is no number")
    reject(typed[column] < 0, f"{column} is negative")

bad = reasons != ""
valid = typed[~bad].copy()
valid["_source_row"] = valid.index + 1
valid.to_parquet(valid_path, compression="zstd", index=False)
rejected = rows[bad].copy()
rejected["reason"] = reasons[bad]
rejected.to_json(rejected_path, orient="records", lines=True)

-- name: revenue-by-month
-- description: Revenue, orders and active sellers of each month, and how revenue grew from the month before.
select purchase_month,
       revenue,
       items,
       sellers,
       round(100.0 * (cast(revenue as double) / nullif(lag(cast(revenue as double)) over (order by purchase_month), 0) - 1), 1)
         as growth_percent
from (
  select purchase_month,
         sum(revenue) as revenue,
         sum(items) as items,
         count(distinct seller_id) as sellers
  from curated_sales.seller_performance
  where orders > 0
  group by purchase_month
)
order by purchase_month

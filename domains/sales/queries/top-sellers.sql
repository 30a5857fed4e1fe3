-- name: top-sellers
-- description: The ten sellers with the most revenue, over all months.
select seller_id,
       sum(revenue) as revenue,
       sum(orders) as orders,
       sum(items) as items
from curated_sales.seller_performance
group by seller_id
order by revenue desc, seller_id
limit 10

-- name: best-sellers
-- description: Each seller over all months, with its rank by revenue, as a view.
-- view: curated_sales.best_sellers
-- column: revenue_rank bigint Rank by revenue; 1 has the most, equal revenue has equal rank
-- column: seller_id string
-- column: seller_state string
-- column: revenue decimal(38,2) Prices of all items sold
-- column: orders bigint
-- column: average_review_score double Mean score of all reviews; empty without reviews
-- column: late_share double Late orders per delivered order; empty without delivered orders
select rank() over (order by revenue desc) as revenue_rank,
       seller_id,
       seller_state,
       revenue,
       orders,
       average_review_score,
       late_share
from (
  select seller_id,
         max(seller_state) as seller_state,
         sum(revenue) as revenue,
         sum(orders) as orders,
         -- Means of months are weighted by what they were taken over.
         sum(cast(average_review_score as double) * reviews) / nullif(sum(reviews), 0) as average_review_score,
         cast(sum(late_orders) as double) / nullif(sum(delivered_orders), 0) as late_share
  from curated_sales.seller_performance
  group by seller_id
)

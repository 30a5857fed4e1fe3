-- name: late-sellers
-- description: Sellers with at least ten delivered orders, of which most came late, with the score of their reviews.
select seller_id,
       max(business_segment) as business_segment,
       sum(delivered_orders) as delivered_orders,
       sum(late_orders) as late_orders,
       round(cast(sum(late_orders) as double) / sum(delivered_orders), 3) as late_share,
       round(sum(cast(average_review_score as double) * reviews) / nullif(sum(reviews), 0), 2) as average_review_score
from curated_sales.seller_performance
group by seller_id
having sum(delivered_orders) >= 10
order by late_share desc, delivered_orders desc, seller_id
limit 20

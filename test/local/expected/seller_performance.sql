-- What curated_sales.seller_performance has to hold, worked out another way than the pipeline does: from single items in
-- whole cents and days, with whole numbers only. Reads the tables of sources.sql.
with sold as (
  select i.seller_id, o.order_id, o.order_status in ('canceled', 'unavailable') as dead,
         date_trunc('month', o.order_purchase_timestamp)::date as purchase_month,
         datediff('day', o.order_estimated_delivery_date::date, o.order_delivered_customer_date::date) as delay,
         (coalesce(i.price, 0) * 100)::bigint as cents, (coalesce(i.freight_value, 0) * 100)::bigint as freight_cents,
         row_number() over (partition by i.seller_id, o.order_id order by i.order_item_id) = 1 as first_item
  from orders o, order_items i
  where i.order_id = o.order_id
),
sums as (
  select seller_id, purchase_month,
         count(distinct case when not dead then order_id end) as orders,
         sum(case when dead then 0 else 1 end)::bigint as items,
         sum(case when dead then 0 else cents end)::bigint as cents,
         sum(case when dead then 0 else freight_cents end)::bigint as freight_cents,
         count(distinct case when dead then order_id end) as canceled_orders,
         (sum(case when first_item and not dead and delay is not null then 1 else 0 end))::bigint as delivered_orders,
         (sum(case when first_item and not dead and delay > 0 then 1 else 0 end))::bigint as late_orders,
         (sum(case when first_item and not dead then coalesce(delay, 0) else 0 end))::bigint as days
  from sold
  group by all
),
scores as (
  select s.seller_id, s.purchase_month, count(*) as reviews, sum(r.review_score)::bigint as score
  from sold s join order_reviews r using (order_id)
  where s.first_item and not s.dead and r.review_score is not null
  group by all
),
deals as (
  select seller_id, business_segment
  from closed_deals
  where business_segment is not null
  qualify row_number() over (partition by seller_id order by won_date desc, mql_id desc) = 1
)
-- (2 * a * n + b) // (2 * b) is a / b in n-ths, rounded half up; of negative numbers the amount is rounded.
select seller_id, purchase_month, seller_city, seller_state, business_segment, orders, items,
       (cents::decimal(18, 0) / 100)::decimal(16, 2) as revenue,
       (freight_cents::decimal(18, 0) / 100)::decimal(16, 2) as freight,
       canceled_orders, coalesce(reviews, 0) as reviews,
       (((200 * score + reviews) // (2 * reviews)) / 100)::decimal(3, 2) as average_review_score,
       delivered_orders, late_orders,
       case when delivered_orders > 0 then
         (((20000 * late_orders + delivered_orders) // (2 * delivered_orders)) / 10000)::decimal(5, 4) end as late_share,
       case when delivered_orders > 0 then
         (sign(days) * ((200 * abs(days) + delivered_orders) // (2 * delivered_orders)) / 100)::decimal(9, 2)
       end as average_delay_days
from sums
  left join scores using (seller_id, purchase_month)
  left join sellers using (seller_id)
  left join deals using (seller_id)
order by seller_id, purchase_month;

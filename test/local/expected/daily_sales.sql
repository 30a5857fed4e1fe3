-- What curated_sales.daily_sales has to hold, worked out another way than the pipeline does. Reads the tables of sources.sql.
with sold as (
  select o.order_purchase_timestamp::date as purchase_date,
         coalesce(
           (select n.product_category_name_english from product_category_names n, products p
            where p.product_id = i.product_id and n.product_category_name = p.product_category_name),
           (select p.product_category_name from products p where p.product_id = i.product_id),
           'unknown') as category,
         coalesce((select c.customer_state from customers c where c.customer_id = o.customer_id), 'unknown') as customer_state,
         o.order_id, (coalesce(i.price, 0) * 100)::bigint as cents, (coalesce(i.freight_value, 0) * 100)::bigint as freight_cents
  from orders o join order_items i using (order_id)
  where o.order_status not in ('canceled', 'unavailable')
)
select purchase_date, category, customer_state, count(distinct order_id) as orders, count(*) as items,
       (sum(cents)::decimal(18, 0) / 100)::decimal(16, 2) as revenue,
       (sum(freight_cents)::decimal(18, 0) / 100)::decimal(16, 2) as freight
from sold
group by purchase_date, category, customer_state
order by purchase_date, category, customer_state;

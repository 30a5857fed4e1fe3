-- name: returning-customers
-- description: How many people ordered once, twice and so on; people stay unnamed, as their ids are hashes.
select orders, count(*) as people
from (
  select c.customer_unique_id, count(*) as orders
  from refined_sales.orders o
  join refined_sales.customers c on c.customer_id = o.customer_id
  where o.order_status not in ('canceled', 'unavailable')
  group by c.customer_unique_id
)
group by orders
order by orders

-- name: categories-by-state
-- description: The three categories with the most revenue in each state of customers.
select customer_state, place, category, revenue, items
from (
  select customer_state,
         category,
         sum(revenue) as revenue,
         sum(items) as items,
         row_number() over (partition by customer_state order by sum(revenue) desc, category) as place
  from curated_sales.daily_sales
  group by customer_state, category
)
where place <= 3
order by customer_state, place

-- name: payment-types
-- description: How orders are paid: payments, their sum and the mean number of installments by type.
select payment_type,
       count(*) as payments,
       count(distinct order_id) as orders,
       sum(payment_value) as value,
       round(avg(cast(payment_installments as double)), 2) as average_installments
from refined_sales.order_payments
group by payment_type
order by value desc, payment_type

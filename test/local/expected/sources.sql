-- The files of `lake sample` without defects as tables named by their datasets. The variable `folder` says where they are.
create or replace temp table order_items as
select order_id, order_item_id::integer as order_item_id, product_id, seller_id,
       price::decimal(10, 2) as price, freight_value::decimal(10, 2) as freight_value
from read_csv(getvariable('folder') || '/olist_order_items_dataset.csv', header = true, all_varchar = true);

create or replace temp table orders as
select order_id, customer_id, order_status,
       order_purchase_timestamp::timestamp as order_purchase_timestamp,
       order_delivered_customer_date::timestamp as order_delivered_customer_date,
       order_estimated_delivery_date::timestamp as order_estimated_delivery_date
from read_csv(getvariable('folder') || '/olist_orders_dataset.csv', header = true, all_varchar = true);

create or replace temp table order_reviews as
select review_id, order_id, review_score::integer as review_score
from read_csv(getvariable('folder') || '/olist_order_reviews_dataset.csv', header = true, all_varchar = true);

create or replace temp table sellers as
select * from read_csv(getvariable('folder') || '/olist_sellers_dataset.csv', header = true, all_varchar = true);

create or replace temp table closed_deals as
select mql_id, seller_id, won_date::timestamp as won_date, business_segment
from read_csv(getvariable('folder') || '/olist_closed_deals_dataset.csv', header = true, all_varchar = true);

create or replace temp table products as
select product_id, product_category_name
from read_csv(getvariable('folder') || '/olist_products_dataset.csv', header = true, all_varchar = true);

create or replace temp table product_category_names as
select * from read_csv(getvariable('folder') || '/product_category_name_translation.csv', header = true, all_varchar = true);

create or replace temp table customers as
select customer_id, customer_state
from read_csv(getvariable('folder') || '/olist_customers_dataset.csv', header = true, all_varchar = true);

-- How many releases of a label are on sale: counted for each label of a list.
CREATE INDEX releases_on_sale_by_label ON releases (label_id, state);

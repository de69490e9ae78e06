-- What every order writes should be asked for by somebody. Only lines that wait are looked up by their rendition, and only
-- facts that stand on no receipt by their order.
DROP INDEX order_lines_of_rendition;
CREATE INDEX order_lines_held_of_rendition ON order_lines (rendition_id) WHERE state = 'held';
DROP INDEX order_line_facts_of_order;
DROP INDEX order_places_of_rate;
CREATE INDEX order_places_of_rate ON order_places (rate_id) WHERE rate_id IS NOT NULL;

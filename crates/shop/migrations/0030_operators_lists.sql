-- What operators look up: releases by the number on their sleeve.
CREATE INDEX releases_by_gtin ON releases (gtin) WHERE gtin IS NOT NULL;

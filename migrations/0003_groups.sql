-- Groups of the IdP → roles here, applied at every sign-in.

-- The Name of the attribute whose values are the groups. NULL: groups give nothing.
ALTER TABLE connection_configuration ADD COLUMN groups_attribute TEXT CHECK (length(groups_attribute) BETWEEN 1 AND 256);

-- What a group gives; a group that is not here gives nothing. A change is a new version of the connection.
CREATE TABLE connection_group_role (
  tenant     TEXT NOT NULL,
  connection TEXT NOT NULL,
  value      TEXT NOT NULL CHECK (length(value) BETWEEN 1 AND 256),  -- as the IdP sends it: a name, a GUID, a DN
  role       TEXT NOT NULL,
  PRIMARY KEY (tenant, connection, value, role),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id),
  FOREIGN KEY (tenant, role) REFERENCES role (tenant, id)
) STRICT, WITHOUT ROWID;

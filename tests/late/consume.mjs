// Keeps a copy of the accounts with the TypeScript package of this repository, as it is packed, until it is terminated.
//
// `COPY_TABLE` is the table of the copy, and `COPY_NAME` the partition key of its rows.

import { Consumer } from "./package/dist/index.js";

const { COPY_TABLE: TableName, COPY_NAME: name } = process.env;

// A snapshot is stored whole. A change of a missing row makes a row, and the removal deletes it.
const effects = async (event) => {
  const { userId, status, locale } = event.data;
  if (userId === undefined) return [];
  const Key = { pk: { S: name }, sk: { S: userId } };
  const contact = await event.open("contact");
  const email = typeof contact === "object" && typeof contact.email === "string" ? { S: contact.email } : undefined;
  const set = (field, value) => ({
    Update: {
      TableName,
      Key,
      UpdateExpression: "SET #field = :value",
      ExpressionAttributeNames: { "#field": field },
      ExpressionAttributeValues: { ":value": value },
    },
  });
  switch (event.type) {
    case "UserAccountSnapshotEventV1":
    case "UserRegisteredEventV1":
    case "UserRestoredEventV1":
      return [{ Put: { TableName, Item: { ...Key, status: { S: status }, locale: { S: locale }, ...(email && { email }) } } }];
    case "UserDeletedEventV1":
      return [{ Delete: { TableName, Key } }];
    case "UserEmailChangedEventV1":
      return [set("email", email)];
    case "UserAccountStatusChangedEventV1":
      return [set("status", { S: status })];
    case "UserLocaleChangedEventV1":
      return [set("locale", { S: locale })];
    default:
      return [];
  }
};

await Consumer.fromEnvironment(effects).poll({ waitSeconds: 1 });

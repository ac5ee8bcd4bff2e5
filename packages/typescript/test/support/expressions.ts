// Evaluates the expressions of DynamoDB that the inbox and the tests use.

import type { AttributeValue } from "@aws-sdk/client-dynamodb";

export type Item = Record<string, AttributeValue>;

export interface Names {
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

const TOKEN = /\s*(attribute_not_exists|attribute_exists|AND|OR|<=|>=|<|>|=|\(|\)|,|[#:]?[A-Za-z][A-Za-z0-9_]*)/gy;

/** Whether the condition holds for the row. Throws for what DynamoDB would not accept, and for what no test needs. */
export function holds(condition: string, row: Item | undefined, names: Names): boolean {
  const tokens = tokensOf(condition);
  const used = new Set<string>();
  const result = either();
  if (tokens.length > 0) throw new Error(`unexpected ${tokens.join(" ")}`);
  return result;

  function either(): boolean {
    let value = both();
    while (tokens[0] === "OR") {
      tokens.shift();
      const other = both();
      value = value || other;
    }
    return value;
  }

  function both(): boolean {
    let value = one();
    while (tokens[0] === "AND") {
      tokens.shift();
      const other = one();
      value = value && other;
    }
    return value;
  }

  function one(): boolean {
    const token = next();
    if (token === "(") {
      const value = either();
      expect(")");
      return value;
    }
    if (token === "attribute_not_exists" || token === "attribute_exists") {
      expect("(");
      const there = operand(next()) !== undefined;
      expect(")");
      return there === (token === "attribute_exists");
    }
    const left = operand(token);
    const operator = next();
    return compare(left, operator, operand(next()));
  }

  function operand(token: string): AttributeValue | undefined {
    if (token.startsWith(":")) {
      used.add(token);
      const value = names.ExpressionAttributeValues?.[token];
      if (value === undefined) throw new Error(`no value ${token}`);
      return value;
    }
    return row?.[nameOf(token, names)];
  }

  function expect(wanted: string): void {
    if (next() !== wanted) throw new Error(`expected ${wanted}`);
  }

  function next(): string {
    const token = tokens.shift();
    if (token === undefined) throw new Error("the condition ends too early");
    return token;
  }
}

/** The row after `SET a = :a, …` or `ADD a :n`. */
export function updated(expression: string, row: Item, names: Names): Item {
  const [action, ...tokens] = tokensOf(expression);
  const changed = { ...row };
  while (tokens.length > 0) {
    const name = nameOf(tokens.shift() ?? "", names);
    if (action === "SET" && tokens.shift() !== "=") throw new Error("expected =");
    const value = names.ExpressionAttributeValues?.[tokens.shift() ?? ""];
    if (value === undefined) throw new Error("no value");
    if (action === "SET") changed[name] = value;
    else if (action === "ADD") changed[name] = { N: String(Number(row[name]?.N ?? "0") + Number(value.N)) };
    else throw new Error(`unexpected ${String(action)}`);
    if (tokens.length > 0 && tokens.shift() !== ",") throw new Error("expected ,");
  }
  return changed;
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = [];
  let end = 0;
  for (const match of expression.matchAll(TOKEN)) {
    tokens.push(match[1] ?? "");
    end = match.index + match[0].length;
  }
  if (end !== expression.trimEnd().length) throw new Error(`cannot read ${expression}`);
  return tokens;
}

function nameOf(token: string, names: Names): string {
  if (!token.startsWith("#")) return token;
  const name = names.ExpressionAttributeNames?.[token];
  if (name === undefined) throw new Error(`no name ${token}`);
  return name;
}

/** A comparison with an attribute that is not there, or of another type, is false. */
function compare(left: AttributeValue | undefined, operator: string, right: AttributeValue | undefined): boolean {
  if (left?.N !== undefined && right?.N !== undefined) return order(Number(left.N), operator, Number(right.N));
  if (left?.S === undefined || right?.S === undefined) return false;
  return order(left.S, operator, right.S);
}

function order<T extends string | number>(left: T, operator: string, right: T): boolean {
  switch (operator) {
    case "=":
      return left === right;
    case "<=":
      return left <= right;
    case "<":
      return left < right;
    case ">=":
      return left >= right;
    case ">":
      return left > right;
    default:
      throw new Error(`unexpected ${operator}`);
  }
}

// Starts every part of the page.
import * as events from "./events.js";
import * as parked from "./parked.js";
import * as policy from "./policy.js";
import * as row from "./row.js";
import * as timeline from "./timeline.js";

row.start();
timeline.start();
policy.start();
parked.start();
events.start(parked.count);

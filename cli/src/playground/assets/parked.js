export const start = () => {};
export const count = () => {};

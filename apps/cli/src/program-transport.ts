export const programTransport: any = 0,
  runServerMode: any = 0,
  runServe: any = 0,
  completion: any = 0;

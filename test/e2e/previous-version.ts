import process from 'node:process';

const { E2E_PREVIOUS_IMAGE: previousImage, E2E_PREVIOUS_CHART: previousChart } = process.env;

/** An older kdmq, whose nodes stand on one bus with those of today: `make e2e` builds that of the commit in `previous-version`. */
export const previous =
  previousImage === undefined || previousChart === undefined
    ? undefined
    : { image: previousImage, chart: previousChart };
